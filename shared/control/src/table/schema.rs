//! The table itself: its keys and its indexes.

use aws_sdk_dynamodb::types::{
    AttributeDefinition, BillingMode, GlobalSecondaryIndex, KeySchemaElement, KeyType, Projection, ProjectionType,
    ScalarAttributeType,
};

use crate::table::{
    Error, Table,
    lane_index::{PACED_INDEX, TURN},
    run_item::{RUNS_INDEX, WATCH_INDEX},
};

impl Table {
    /// Creates the table, unless it exists. On AWS the stack's template does that; this is for the laptop.
    ///
    /// # Errors
    /// If DynamoDB refuses.
    pub async fn create(&self) -> Result<(), Error> {
        let create = self.client.create_table().table_name(&self.name).billing_mode(BillingMode::PayPerRequest);
        let create = [("PK", KeyType::Hash), ("SK", KeyType::Range)]
            .into_iter()
            .try_fold(create, |create, (name, kind)| Ok::<_, Error>(create.key_schema(element(name, kind)?)))?;
        let create = [
            ("PK", ScalarAttributeType::S),
            ("SK", ScalarAttributeType::S),
            ("watch", ScalarAttributeType::S),
            ("watch_at", ScalarAttributeType::N),
            ("runs", ScalarAttributeType::S),
            ("created", ScalarAttributeType::N),
            (PACED_INDEX, ScalarAttributeType::S),
            (TURN, ScalarAttributeType::S),
        ]
        .into_iter()
        .try_fold(create, |create, (name, kind)| {
            let attribute = AttributeDefinition::builder().attribute_name(name).attribute_type(kind).build();
            Ok::<_, Error>(create.attribute_definitions(attribute?))
        })?;
        let keys_only = Projection::builder().projection_type(ProjectionType::KeysOnly).build();
        let with_status = Projection::builder()
            .projection_type(ProjectionType::Include)
            .non_key_attributes("st")
            .non_key_attributes("pipeline")
            .non_key_attributes("ended")
            .build();
        let created = create
            .global_secondary_indexes(index(WATCH_INDEX, "watch_at", keys_only.clone())?)
            .global_secondary_indexes(index(RUNS_INDEX, "created", with_status)?)
            .global_secondary_indexes(index(PACED_INDEX, TURN, keys_only)?)
            .send()
            .await;
        match created {
            Ok(_) => Ok(()),
            Err(error) if error.as_service_error().is_some_and(|error| error.is_resource_in_use_exception()) => Ok(()),
            Err(error) => Err(Error::dynamo("CreateTable", &error)),
        }
    }
}

/// An index whose partition key has the index's own name.
fn index(name: &str, sort: &str, projection: Projection) -> Result<GlobalSecondaryIndex, Error> {
    GlobalSecondaryIndex::builder()
        .index_name(name)
        .key_schema(element(name, KeyType::Hash)?)
        .key_schema(element(sort, KeyType::Range)?)
        .projection(projection)
        .build()
        .map_err(Error::from)
}

fn element(name: &str, kind: KeyType) -> Result<KeySchemaElement, Error> {
    KeySchemaElement::builder().attribute_name(name).key_type(kind).build().map_err(Error::from)
}
