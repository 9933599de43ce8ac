//! The table of an installation that is older than the program.

use std::sync::Arc;

use aws_sdk_dynamodb::{
    Client,
    types::{AttributeDefinition, BillingMode, KeySchemaElement, KeyType, ScalarAttributeType},
};
use control::table::Table;
use end_to_end::Result;
use local_surface::{DynamoDb, TABLE, sdk_config};

#[tokio::test]
async fn a_table_without_the_index_of_the_lane_gets_it() -> Result<()> {
    let client = Client::new(&sdk_config("http://127.0.0.1:9", Arc::new(DynamoDb::memory()?)));
    let mut create = client.create_table().table_name(TABLE).billing_mode(BillingMode::PayPerRequest);
    for (name, kind) in [("PK", KeyType::Hash), ("SK", KeyType::Range)] {
        create = create
            .key_schema(KeySchemaElement::builder().attribute_name(name).key_type(kind).build()?)
            .attribute_definitions(
                AttributeDefinition::builder().attribute_name(name).attribute_type(ScalarAttributeType::S).build()?,
            );
    }
    create.send().await?;
    let table = Table::new(client, TABLE);
    assert!(table.waiting(1).await.is_err(), "there is no such index");
    for _ in 0..2 {
        table.create().await?;
        assert_eq!(table.waiting(1).await?, []);
    }
    Ok(())
}
