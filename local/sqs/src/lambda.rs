//! A message as Lambda's event source mapping hands it to a function.

use serde_json::{Map, Value, json};

use crate::{Attributes, Message};

impl Message {
    /// The record of this message in a Lambda SQS event, for the queue with this ARN.
    ///
    /// Source: Lambda Developer Guide, "Using Lambda with Amazon SQS", example event.
    pub fn lambda_record(&self, queue_arn: &str) -> Value {
        let attributes: Map<String, Value> =
            self.system_attributes().into_iter().map(|(name, value)| (name.to_owned(), value.into())).collect();
        let mut record = json!({
            "messageId": self.id.as_str(),
            "receiptHandle": self.receipt_handle,
            "body": self.body,
            "attributes": attributes,
            "messageAttributes": message_attributes(&self.attributes),
            "md5OfBody": self.md5_of_body(),
            "eventSource": "aws:sqs",
            "eventSourceARN": queue_arn,
            "awsRegion": queue_arn.split(':').nth(3).unwrap_or_default(),
        });
        if let (Some(record), Some(md5)) = (record.as_object_mut(), self.md5_of_attributes()) {
            record.insert("md5OfMessageAttributes".to_owned(), md5.into());
        }
        record
    }
}

fn message_attributes(attributes: &Attributes) -> Map<String, Value> {
    let lower_camel = |(name, value): (&String, &crate::AttributeValue)| {
        let mut content = json!({ "stringListValues": [], "binaryListValues": [], "dataType": value.data_type });
        if let Some(content) = content.as_object_mut() {
            let string = value.string_value.clone().map(|text| ("stringValue".to_owned(), text.into()));
            let binary = value.binary_value.clone().map(|base64| ("binaryValue".to_owned(), base64.into()));
            content.extend(string.into_iter().chain(binary));
        }
        (name.clone(), content)
    };
    attributes.iter().map(lower_camel).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{AttributeValue, MessageId};

    #[test]
    fn a_record_is_what_lambda_gives() {
        let value = AttributeValue { data_type: "String".into(), string_value: Some("v".into()), binary_value: None };
        let message = Message {
            id: MessageId::new("059f36b4-87a3-44ab-83d2-661975830a7d".into()),
            receipt_handle: "AQEB".into(),
            body: "abc".into(),
            attributes: Attributes::from([("n".to_owned(), value)]),
            trace_header: None,
            group_id: None,
            sent_ms: 1_545_082_649_183,
            first_received_ms: 1_545_082_649_185,
            receive_count: 1,
            dead_letter_source: None,
        };
        let expected = json!({
            "messageId": "059f36b4-87a3-44ab-83d2-661975830a7d",
            "receiptHandle": "AQEB",
            "body": "abc",
            "attributes": {
                "ApproximateReceiveCount": "1",
                "SentTimestamp": "1545082649183",
                "SenderId": "000000000000",
                "ApproximateFirstReceiveTimestamp": "1545082649185",
            },
            "messageAttributes": {
                "n": { "stringValue": "v", "stringListValues": [], "binaryListValues": [], "dataType": "String" },
            },
            "md5OfBody": "900150983cd24fb0d6963f7d28e17f72",
            "md5OfMessageAttributes": message.md5_of_attributes(),
            "eventSource": "aws:sqs",
            "eventSourceARN": "arn:aws:sqs:us-east-2:123456789012:my-queue",
            "awsRegion": "us-east-2",
        });
        assert_eq!(message.lambda_record("arn:aws:sqs:us-east-2:123456789012:my-queue"), expected);
    }
}
