//! A check of every record against its digest.

use emis_settings::StoreError;
use emis_types::OdsCode;

use super::handle::Store;
use crate::sql::tables::{RECORDS, Table};
use crate::sql::{Database, Fault, Row, Statement, Value, Write};

const CHECK: (&str, &str) = ("check_records", "the records can't be checked");

/// The number of rows that are read at once.
const PAGE: u32 = 1_000;

/// The result of [`Store::check_records`].
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct RecordCheckReport {
    /// The number of records that were compared with their digests.
    pub checked: u64,
    /// The records that were changed past the store.
    pub damaged: Vec<DamagedRecords>,
}

/// The damaged records of one practice in one table.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct DamagedRecords {
    /// The name of the table.
    pub table: &'static str,
    /// The practice, if the records belong to one and its code can be read.
    pub practice: Option<OdsCode>,
    /// The number of records.
    pub records: u64,
}

impl RecordCheckReport {
    /// Returns `true` if every record is as the store wrote it.
    pub fn is_good(&self) -> bool {
        self.damaged.is_empty()
    }
}

impl<D> Store<D> {
    /// Compares every record of every table with its digest.
    ///
    /// Reads make the same comparison, but only of the rows that they find: a booking whose state
    /// was changed to a settled one past the store is found here. Run it when heads are anchored,
    /// and after a restore. The audit logs have a check of their own: see
    /// [`check_anchors`](emis_audit::check_anchors).
    ///
    /// # Errors
    /// Fails if the store can't be read. Damaged records are in the report.
    pub async fn check_records(&self) -> Result<RecordCheckReport, StoreError> {
        self.run(CHECK, "product", async {
            let mut report = RecordCheckReport::default();
            for table in RECORDS {
                check(&self.database, table, &mut report).await?;
            }
            Ok(report)
        })
        .await
    }
}

async fn check(
    database: &Database,
    table: &Table,
    report: &mut RecordCheckReport,
) -> Result<(), Fault> {
    let mut pages = Pages::of(table, None);
    loop {
        let page = database.query(pages.query()).await?;
        if page.is_empty() {
            return Ok(());
        }
        pages.advance(&page)?;
        for row in page {
            report.checked += 1;
            if table.check(&row).is_err() {
                report.add(table, table.practice_of(&row));
            }
        }
    }
}

impl RecordCheckReport {
    fn add(&mut self, table: &Table, practice: Option<OdsCode>) {
        let place = self.damaged.iter_mut();
        let mut same = place.filter(|it| it.table == table.name && it.practice == practice);
        match same.next() {
            Some(known) => known.records += 1,
            None => self.damaged.push(DamagedRecords {
                table: table.name,
                practice,
                records: 1,
            }),
        }
    }
}

/// The rows of a table in the order of their keys, page by page.
pub(crate) struct Pages<'a> {
    table: &'a Table,
    practice: Option<&'a str>,
    after: Vec<Value>,
}

impl<'a> Pages<'a> {
    pub(crate) fn of(table: &'a Table, practice: Option<&'a str>) -> Self {
        Self {
            table,
            practice,
            after: Vec::new(),
        }
    }

    /// Reads the next page, which is empty at the end. Fails if a row was changed past the store.
    pub(crate) async fn next(&mut self, write: &mut Write) -> Result<Vec<Row>, Fault> {
        let page = write.query(self.query()).await?;
        page.iter().try_for_each(|row| self.table.check(row))?;
        self.advance(&page)?;
        Ok(page)
    }

    fn query(&self) -> Statement {
        self.table.page(self.practice, &self.after, PAGE)
    }

    fn advance(&mut self, page: &[Row]) -> Result<(), Fault> {
        if let Some(last) = page.last() {
            self.after = self.table.key_of(last)?;
        }
        Ok(())
    }
}
