//! Clients to look with.

use control::table::Table;
use local_surface::TABLE;

/// Clients of one process of the server, with the SDK's retries.
#[derive(Clone)]
pub(crate) struct Clients {
    pub(crate) table: Table,
    pub(crate) dynamodb: aws_sdk_dynamodb::Client,
    pub(crate) batch: aws_sdk_batch::Client,
    pub(crate) s3: aws_sdk_s3::Client,
    pub(crate) sqs: aws_sdk_sqs::Client,
}

impl Clients {
    pub(crate) fn of(endpoint: &str) -> Self {
        let sdk = end_to_end::sdk(endpoint);
        let s3 = aws_sdk_s3::config::Builder::from(&sdk).force_path_style(true).build();
        let dynamodb = aws_sdk_dynamodb::Client::new(&sdk);
        Self {
            table: Table::new(dynamodb.clone(), TABLE),
            dynamodb,
            batch: aws_sdk_batch::Client::new(&sdk),
            s3: aws_sdk_s3::Client::from_conf(s3),
            sqs: aws_sdk_sqs::Client::new(&sdk),
        }
    }
}
