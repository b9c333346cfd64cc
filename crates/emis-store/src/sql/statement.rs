//! The way of statements to each database.

/// Defines how statements reach one of the databases: `rows`, `execute` and their arguments.
macro_rules! statements {
    ($database:ident, $arguments:ty, $row:path) => {
        /// Fetches all rows of a statement.
        pub(super) async fn rows<'c>(
            executor: impl sqlx::Executor<'c, Database = sqlx::$database>,
            statement: $crate::sql::Statement,
        ) -> Result<Vec<$crate::sql::Row>, $crate::sql::Fault> {
            let sql = sqlx::AssertSqlSafe(statement.sql.into_owned());
            let query = sqlx::query_with(sql, arguments(statement.values)?);
            let rows = query.fetch_all(executor).await?;
            Ok(rows.into_iter().map($row).collect())
        }

        /// Executes a statement and returns the number of rows that it changed.
        pub(super) async fn execute<'c>(
            executor: impl sqlx::Executor<'c, Database = sqlx::$database>,
            statement: $crate::sql::Statement,
        ) -> Result<u64, $crate::sql::Fault> {
            // The text is written in this crate: values never get into it.
            let sql = sqlx::AssertSqlSafe(statement.sql.into_owned());
            let query = sqlx::query_with(sql, arguments(statement.values)?);
            Ok(query.execute(executor).await?.rows_affected())
        }

        fn arguments(values: Vec<$crate::sql::Value>) -> Result<$arguments, $crate::sql::Fault> {
            use $crate::sql::Value;
            let mut arguments = <$arguments>::default();
            for value in values {
                let added = match value {
                    Value::Int(number) => sqlx::Arguments::add(&mut arguments, number),
                    Value::Text(text) => sqlx::Arguments::add(&mut arguments, text),
                    Value::Bytes(bytes) => sqlx::Arguments::add(&mut arguments, bytes),
                };
                added.map_err(|_| $crate::sql::Fault::Unstorable)?;
            }
            Ok(arguments)
        }
    };
}
pub(super) use statements;
