//! The table itself: its keys and its indexes.

use aws_sdk_dynamodb::types::{
    AttributeDefinition, BillingMode, CreateGlobalSecondaryIndexAction, GlobalSecondaryIndex,
    GlobalSecondaryIndexUpdate, KeySchemaElement, KeyType, Projection, ProjectionType, ScalarAttributeType,
};

use crate::table::{
    Error, Table,
    lane_index::{PACED_INDEX, TURN},
    run_item::{RUNS_INDEX, WATCH_INDEX},
};

impl Table {
    /// Creates the table, or what is missing of it. On AWS the stack's template does that; this is for the laptop.
    ///
    /// # Errors
    /// If DynamoDB refuses.
    pub async fn create(&self) -> Result<(), Error> {
        let with_status = Projection::builder()
            .projection_type(ProjectionType::Include)
            .non_key_attributes("st")
            .non_key_attributes("pipeline")
            .non_key_attributes("ended")
            .build();
        let created = self
            .client
            .create_table()
            .table_name(&self.name)
            .billing_mode(BillingMode::PayPerRequest)
            .key_schema(element("PK", KeyType::Hash)?)
            .key_schema(element("SK", KeyType::Range)?)
            .set_attribute_definitions(Some(keys()?))
            .global_secondary_indexes(index(WATCH_INDEX, "watch_at", keys_only())?)
            .global_secondary_indexes(index(RUNS_INDEX, "created", with_status)?)
            .global_secondary_indexes(index(PACED_INDEX, TURN, keys_only())?)
            .send()
            .await;
        match created {
            Ok(_) => Ok(()),
            Err(error) if error.as_service_error().is_some_and(|error| error.is_resource_in_use_exception()) => {
                self.add_paced_index().await
            }
            Err(error) => Err(Error::dynamo("CreateTable", &error)),
        }
    }

    /// A table that was created before there was a paced lane lacks its index.
    async fn add_paced_index(&self) -> Result<(), Error> {
        let described = self.client.describe_table().table_name(&self.name).send().await;
        let described = described.map_err(|error| Error::dynamo("DescribeTable", &error))?;
        let indexes = described.table().map(|table| table.global_secondary_indexes()).unwrap_or_default();
        if indexes.iter().any(|index| index.index_name() == Some(PACED_INDEX)) {
            return Ok(());
        }
        let create = CreateGlobalSecondaryIndexAction::builder()
            .index_name(PACED_INDEX)
            .key_schema(element(PACED_INDEX, KeyType::Hash)?)
            .key_schema(element(TURN, KeyType::Range)?)
            .projection(keys_only());
        let update = GlobalSecondaryIndexUpdate::builder().create(create.build()?).build();
        let updated = self
            .client
            .update_table()
            .table_name(&self.name)
            .set_attribute_definitions(Some(keys()?))
            .global_secondary_index_updates(update)
            .send()
            .await;
        updated.map(drop).map_err(|error| Error::dynamo("UpdateTable", &error))
    }
}

/// The attributes that are keys, of the table or of an index.
fn keys() -> Result<Vec<AttributeDefinition>, Error> {
    [
        ("PK", ScalarAttributeType::S),
        ("SK", ScalarAttributeType::S),
        (WATCH_INDEX, ScalarAttributeType::S),
        ("watch_at", ScalarAttributeType::N),
        (RUNS_INDEX, ScalarAttributeType::S),
        ("created", ScalarAttributeType::N),
        (PACED_INDEX, ScalarAttributeType::S),
        (TURN, ScalarAttributeType::S),
    ]
    .into_iter()
    .map(|(name, kind)| Ok(AttributeDefinition::builder().attribute_name(name).attribute_type(kind).build()?))
    .collect()
}

fn keys_only() -> Projection {
    Projection::builder().projection_type(ProjectionType::KeysOnly).build()
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
