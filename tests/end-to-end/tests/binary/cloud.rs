//! What an AWS account has and the laptop has not, as far as the command line asks: CloudFormation's stacks, and CloudWatch's logs.

use std::sync::Arc;

use end_to_end::Result;
use http::{Request, Response};
use local_wire::{Answer, Body, Service, body, collect, serve};
use serde_json::{Value, json};
use tokio::{net::TcpListener, task::JoinHandle};

/// An account. It is gone when it goes out of scope.
pub(crate) struct Cloud {
    /// Where both services listen.
    pub(crate) endpoint: String,
    serving: JoinHandle<()>,
}

/// A stack: name, status, outputs.
pub(crate) type Stack = (&'static str, &'static str, Vec<(&'static str, String)>);

struct Account {
    stacks: Vec<Stack>,
    log_group: &'static str,
}

impl Cloud {
    /// With these stacks, and a log group in which every stream has what [`log_of`] says.
    pub(crate) async fn start(stacks: Vec<Stack>, log_group: &'static str) -> Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let endpoint = format!("http://{}", listener.local_addr()?);
        let account = Arc::new(Account { stacks, log_group });
        Ok(Self { endpoint, serving: tokio::spawn(serve(listener, account, std::future::pending())) })
    }
}

impl Drop for Cloud {
    fn drop(&mut self) {
        self.serving.abort();
    }
}

/// What the log of that stream is.
pub(crate) fn log_of(stream: &str) -> [String; 2] {
    [format!("this is {stream}"), "the end".to_owned()]
}

impl Service for Account {
    fn call(&self, request: Request<Body>) -> Answer<'_> {
        Box::pin(async move {
            let header = |name: &str| {
                request.headers().get(name).and_then(|value| value.to_str().ok()).unwrap_or_default().to_owned()
            };
            let (target, signed) = (header("x-amz-target"), header("authorization"));
            let input = collect(request.into_body(), 1 << 20).await.unwrap_or_default();
            if target == "Logs_20140328.GetLogEvents" {
                return self.log_events(&serde_json::from_slice(&input).unwrap_or_default());
            }
            if signed.contains("Credential=expired/") {
                return refused("ExpiredToken", "The security token included in the request is expired");
            }
            if signed.contains("Credential=guest/") {
                return refused(
                    "AccessDenied",
                    "User: guest is not authorized to perform: cloudformation:DescribeStacks",
                );
            }
            self.stacks(&String::from_utf8_lossy(&input))
        })
    }
}

impl Account {
    /// `DescribeStacks`, in AWS's query protocol.
    fn stacks(&self, form: &str) -> Response<Body> {
        let name = form.split('&').find_map(|field| field.strip_prefix("StackName=")).unwrap_or_default();
        let Some((name, status, outputs)) = self.stacks.iter().find(|(known, _, _)| *known == name) else {
            return refused("ValidationError", &format!("Stack with id {name} does not exist"));
        };
        let output = |(key, value): &(&str, String)| {
            format!("<member><OutputKey>{key}</OutputKey><OutputValue>{value}</OutputValue></member>")
        };
        let outputs: String = outputs.iter().map(output).collect();
        answer(
            200,
            "text/xml",
            format!(
                "<DescribeStacksResponse xmlns=\"http://cloudformation.amazonaws.com/doc/2010-05-15/\"><DescribeStacksResult>\
                 <Stacks><member><StackName>{name}</StackName><CreationTime>2026-03-01T12:00:00Z</CreationTime>\
                 <StackStatus>{status}</StackStatus><Outputs>{outputs}</Outputs></member></Stacks>\
                 </DescribeStacksResult></DescribeStacksResponse>"
            ),
        )
    }

    /// `GetLogEvents`: pages of which one is empty, and at the end the token that was given.
    fn log_events(&self, input: &Value) -> Response<Body> {
        if input["logGroupName"] != self.log_group || input["startFromHead"] != true {
            let error =
                json!({ "__type": "ResourceNotFoundException", "message": "The specified log group does not exist." });
            return answer(400, "application/x-amz-json-1.1", error.to_string());
        }
        let [first, last] = log_of(input["logStreamName"].as_str().unwrap_or_default());
        let (lines, next) = match input["nextToken"].as_str() {
            None => (vec![first], "f/1"),
            Some("f/1") => (vec![], "f/2"),
            Some("f/2") => (vec![last], "f/3"),
            Some(_) => (vec![], "f/3"),
        };
        let events: Vec<Value> = lines.iter().map(|line| json!({ "message": line, "timestamp": 0 })).collect();
        let page = json!({ "events": events, "nextForwardToken": next, "nextBackwardToken": "b/0" });
        answer(200, "application/x-amz-json-1.1", page.to_string())
    }
}

fn refused(code: &str, message: &str) -> Response<Body> {
    let status = if code == "ValidationError" { 400 } else { 403 };
    answer(
        status,
        "text/xml",
        format!(
            "<ErrorResponse><Error><Type>Sender</Type><Code>{code}</Code><Message>{message}</Message></Error></ErrorResponse>"
        ),
    )
}

fn answer(status: u16, content_type: &str, content: String) -> Response<Body> {
    let mut response = Response::new(body(content));
    *response.status_mut() = http::StatusCode::from_u16(status).unwrap_or_default();
    if let Ok(content_type) = content_type.parse() {
        response.headers_mut().insert(http::header::CONTENT_TYPE, content_type);
    }
    response
}
