//! The results of diagnoses.

use std::sync::Arc;

use emis_diagnostics::{Cause, DiagnosisRecord, DiagnosisStore, MOST_DIAGNOSIS_RECORDS};
use tokio::task::JoinSet;

use super::{ods, second};

fn record(at: i64, causes: &[Cause]) -> DiagnosisRecord {
    let evidence = vec![format!("GetOrganisationV2: EMIS failed, attempt {at}.")];
    DiagnosisRecord::new(second(at), causes.is_empty(), causes.to_vec(), evidence)
}

/// Diagnoses in a row with one result are one record, and the latest comes first.
pub async fn diagnoses_with_one_result_are_one_record<S: DiagnosisStore>(store: &Arc<S>) {
    let (practice, other) = (ods("A20047"), ods("Y00001"));
    assert_eq!(store.diagnoses(&practice).await.unwrap(), []);
    let failed = [Cause::EmisFailed, Cause::SharedUser];
    for (at, causes) in [
        (1, &[][..]),
        (2, &[]),
        (3, &failed),
        (4, &failed),
        (5, &failed),
        (6, &[]),
    ] {
        let record = record(at, causes);
        store.note_diagnosis(&practice, &record).await.unwrap();
    }
    let kept = store.diagnoses(&practice).await.unwrap();
    let expected = [
        record(6, &[]),
        record(3, &failed).extend(record(5, &failed)),
        record(1, &[]).extend(record(2, &[])),
    ];
    assert_eq!(kept, expected);
    assert_eq!(kept[1].since, second(3));
    assert_eq!(kept[1].until, second(5));
    // With the evidence of the latest.
    assert!(kept[1].evidence[0].ends_with("attempt 5."));
    assert_eq!(store.diagnoses(&other).await.unwrap(), []);
}

/// The latest records are kept, and the oldest make room.
pub async fn the_latest_diagnoses_are_kept<S: DiagnosisStore>(store: &Arc<S>) {
    let practice = ods("A20047");
    let most = i64::from(MOST_DIAGNOSIS_RECORDS);
    for at in 0..most + 5 {
        let cause = [Cause::EmisFailed, Cause::EmisSilent][usize::try_from(at % 2).unwrap()];
        let record = record(at, &[cause]);
        store.note_diagnosis(&practice, &record).await.unwrap();
    }
    let kept = store.diagnoses(&practice).await.unwrap();
    assert_eq!(i64::try_from(kept.len()).unwrap(), most);
    assert_eq!(kept[0].since, second(most + 4));
    assert_eq!(kept.last().unwrap().since, second(5));
}

/// Of many concurrent diagnoses none fails, and the latest is known.
pub async fn concurrent_diagnoses_are_all_kept<S>(store: &Arc<S>)
where
    S: DiagnosisStore + 'static,
{
    let mut writers = JoinSet::new();
    for at in 0..20 {
        let store = Arc::clone(store);
        writers.spawn(async move {
            let record = record(at, &[Cause::EmisFailed]);
            let practice = ods("A20047");
            store.note_diagnosis(&practice, &record).await.unwrap();
        });
    }
    writers.join_all().await;
    let kept = store.diagnoses(&ods("A20047")).await.unwrap();
    let since = kept.iter().map(|it| it.since).min();
    let until = kept.iter().map(|it| it.until).max();
    assert_eq!((since, until), (Some(second(0)), Some(second(19))));
}
