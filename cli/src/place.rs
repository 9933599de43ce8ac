//! Which installation of Batchwright is meant: a server, such as the one on this machine, or a stack in an AWS account.
//!
//! What stands on the command line goes before the environment, and a stack before a server.

use clap::{Args, builder::NonEmptyStringValueParser as NonEmpty};

use crate::exit::Failure;

/// Where `batchwright up` listens unless it is told otherwise.
const DEFAULT_ENDPOINT: &str = "http://127.0.0.1:4510";

/// The heading of the options that every command has.
pub(crate) const EVERYWHERE: &str = "For every command";

/// What the command line says of it.
#[derive(Debug, Clone, Default, Args)]
pub(crate) struct Target {
    /// The stack in your AWS account that is meant, by its name in CloudFormation; without it, the server is
    /// [env: BATCHWRIGHT_STACK]
    #[arg(long, global = true, help_heading = EVERYWHERE, value_name = "NAME", value_parser = NonEmpty::new())]
    stack: Option<String>,
    /// The profile with the credentials for the stack [env: AWS_PROFILE]
    #[arg(long, global = true, help_heading = EVERYWHERE, value_name = "NAME", value_parser = NonEmpty::new())]
    profile: Option<String>,
    /// The region that the stack is in [env: AWS_REGION]
    #[arg(long, global = true, help_heading = EVERYWHERE, value_name = "NAME", value_parser = NonEmpty::new())]
    region: Option<String>,
    /// Where the server listens [env: AWS_ENDPOINT_URL] [default: http://127.0.0.1:4510]
    #[arg(long, global = true, help_heading = EVERYWHERE, value_name = "URL", value_parser = NonEmpty::new())]
    endpoint: Option<String>,
}

/// An installation of Batchwright.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Place {
    /// A server that listens there.
    Server {
        /// Its URL.
        endpoint: String,
    },
    /// A stack in an AWS account.
    Stack(StackName),
}

/// A stack, and what says which account and region it is in. What is `None` is found as every AWS SDK does.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct StackName {
    /// Its name in CloudFormation, or its ARN.
    pub(crate) name: String,
    /// The profile whose credentials are used.
    pub(crate) profile: Option<String>,
    /// The region.
    pub(crate) region: Option<String>,
}

impl Target {
    /// The place that is meant. `variable` reads the environment.
    ///
    /// # Errors
    /// If both a stack and a server are named, or what is only of a stack goes with a server.
    pub(crate) fn place(&self, variable: impl Fn(&str) -> Option<String>) -> Result<Place, Failure> {
        let Self { stack, profile, region, endpoint } = self.clone();
        let variable = |name: &str| variable(name).filter(|value| !value.is_empty());
        let stack = match (stack, endpoint) {
            (Some(_), Some(_)) => {
                return Err(Failure::called_wrongly(
                    "--stack and --endpoint name two places; AWS_ENDPOINT_URL is where AWS's services are reached for a stack",
                ));
            }
            (None, Some(endpoint)) => return server(endpoint, self),
            (stack, None) => stack.or_else(|| variable("BATCHWRIGHT_STACK")),
        };
        match stack {
            Some(name) => Ok(Place::Stack(StackName { name, profile, region })),
            None => server(variable("AWS_ENDPOINT_URL").unwrap_or_else(|| DEFAULT_ENDPOINT.to_owned()), self),
        }
    }

    /// That nothing of a stack stands on the command line, for a command that starts a server itself.
    ///
    /// # Errors
    /// If something does.
    pub(crate) fn refuse_stack(&self, command: &str) -> Result<(), Failure> {
        match self.of_stack() {
            Some(option) => Err(Failure::called_wrongly(format!(
                "`{command}` starts a server on this machine, and has no use for {option}"
            ))),
            None => Ok(()),
        }
    }

    fn of_stack(&self) -> Option<&'static str> {
        let given = [("--stack", &self.stack), ("--profile", &self.profile), ("--region", &self.region)];
        given.into_iter().find_map(|(option, value)| value.as_ref().map(|_| option))
    }
}

fn server(endpoint: String, target: &Target) -> Result<Place, Failure> {
    match target.of_stack() {
        Some(option) => Err(Failure::called_wrongly(format!(
            "{option} says how a stack is reached, and no stack is named: --stack and BATCHWRIGHT_STACK do that"
        ))),
        None => Ok(Place::Server { endpoint }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::exit::Exit;

    fn target(options: &[(&str, &str)]) -> Target {
        let option =
            |name: &str| options.iter().find(|(option, _)| *option == name).map(|(_, value)| (*value).to_owned());
        Target {
            stack: option("stack"),
            profile: option("profile"),
            region: option("region"),
            endpoint: option("endpoint"),
        }
    }

    fn place(options: &[(&str, &str)], environment: &[(&str, &str)]) -> Result<Place, Exit> {
        let variable = |name: &str| {
            environment.iter().find(|(variable, _)| *variable == name).map(|(_, value)| (*value).to_owned())
        };
        target(options).place(variable).map_err(|failure| failure.exit)
    }

    fn server_at(endpoint: &str) -> Result<Place, Exit> {
        Ok(Place::Server { endpoint: endpoint.to_owned() })
    }

    fn stack(name: &str) -> Result<Place, Exit> {
        Ok(Place::Stack(StackName { name: name.to_owned(), profile: None, region: None }))
    }

    #[test]
    fn the_command_line_goes_before_the_environment_and_a_stack_before_a_server() {
        let both = [("BATCHWRIGHT_STACK", "prod"), ("AWS_ENDPOINT_URL", "http://env")];
        assert_eq!(place(&[], &[]), server_at(DEFAULT_ENDPOINT));
        assert_eq!(place(&[], &[("BATCHWRIGHT_STACK", ""), ("AWS_ENDPOINT_URL", "")]), server_at(DEFAULT_ENDPOINT));
        assert_eq!(place(&[], &both[1..]), server_at("http://env"));
        assert_eq!(place(&[], &both), stack("prod"));
        assert_eq!(place(&[("stack", "dev")], &both), stack("dev"));
        assert_eq!(place(&[("endpoint", "http://it")], &both), server_at("http://it"));
    }

    #[test]
    fn a_profile_and_a_region_go_with_a_stack_however_it_is_named() {
        let options = [("profile", "work"), ("region", "eu-central-1")];
        let named = StackName {
            name: "prod".to_owned(),
            profile: Some("work".to_owned()),
            region: Some("eu-central-1".to_owned()),
        };
        assert_eq!(place(&options, &[("BATCHWRIGHT_STACK", "prod")]), Ok(Place::Stack(named)));
    }

    #[test]
    fn what_contradicts_itself_is_refused() {
        for options in [
            &[("stack", "dev"), ("endpoint", "http://it")][..],
            &[("profile", "work")],
            &[("region", "eu-central-1")],
            &[("region", "eu-central-1"), ("endpoint", "http://it")],
        ] {
            assert_eq!(place(options, &[]), Err(Exit::CalledWrongly), "{options:?}");
        }
        for option in ["stack", "profile", "region"] {
            let refused = target(&[(option, "x")]).refuse_stack("up").unwrap_err();
            assert!(refused.to_string().contains(option), "{refused}");
        }
        target(&[("endpoint", "http://it")]).refuse_stack("up").unwrap();
    }
}
