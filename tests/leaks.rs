//! Nothing that the product prints, logs or fails with holds a secret or anything about a patient.

use emis_partner::booking::BookingRequest;
use emis_sim::{Fault, Operation};
use emis_tests::capture::Ear;
use emis_tests::{Failure, TODAY, World, known};

/// What must never be heard: every secret of the connection, and of every patient the names, the
/// NHS number, the telephone and the address.
fn forbidden(world: &World) -> Vec<String> {
    let emis = world.sim.practice();
    let mut words = vec![
        emis.password(),
        world.sim.client_secret().to_owned(),
        "Bearer ".to_owned(),
        "eyJ".to_owned(), // the beginning of every JWT
        "matchedTerms=".to_owned(),
        "patientNumber=".to_owned(),
    ];
    for person in emis.patients() {
        words.extend(person.nhs_number);
        words.extend(person.mobile);
        words.extend(person.email);
        words.push(format!("{} {}", person.first_names, person.family_name));
    }
    words.retain(|word| word.len() >= 3);
    words
}

fn leaks<'a>(text: &str, words: &'a [String]) -> Vec<&'a str> {
    words
        .iter()
        .map(String::as_str)
        .filter(|word| text.contains(word))
        .collect()
}

#[test]
fn nothing_leaks_from_a_day_of_trouble() -> Result<(), Failure> {
    let ear = Ear::default();
    let printed = tracing::subscriber::with_default(ear.subscriber(), || {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()?;
        runtime.block_on(a_day_of_trouble())
    })?;
    let (world, printed) = printed;
    let words = forbidden(&world);
    let heard = ear.heard();
    assert!(
        heard.contains("GetBookedPatientsV2"),
        "the ear hears the calls"
    );
    assert!(words.len() > 500, "there is something to look for");
    assert_eq!(leaks(&heard, &words), Vec::<&str>::new(), "in the log");
    assert_eq!(
        leaks(&printed, &words),
        Vec::<&str>::new(),
        "in what was printed"
    );

    // The net holds: a leak that is planted is caught.
    let planted = format!("{heard} user said {}", world.sim.practice().password());
    assert_eq!(leaks(&planted, &words).len(), 1);
    Ok(())
}

/// Lives through everything that goes right and wrong, and prints whatever can be printed.
async fn a_day_of_trouble() -> Result<(World, String), Failure> {
    let world = World::healthy().await?;
    let mut printed = String::new();
    let mut print = |value: &dyn std::fmt::Debug| printed.push_str(&format!("{value:?}\n"));
    let faults = world.sim.faults();

    print(&world.practice.settings().await?);
    print(&world.practice.client().await?);
    let slot = world.offered_slot().await?;
    let mut people = world.free_patients();
    let (patient, identity) = known(&people.next().ok_or("nobody")?)?;
    faults.next(Operation::BookAppointment, Fault::DropAfterCommit);
    let request = BookingRequest::new(slot.choice(), patient, identity);
    print(&request);
    print(&world.practice.book(&request).await);

    world.clock.set_uk(TODAY.at(17, 30, 0, 0));
    faults.next(Operation::GetBookedPatientsV2, Fault::MalformedRecord);
    faults.next(Operation::GetPatientDemographics, Fault::NotJson);
    faults.next(Operation::GetPatientAppointmentsV2, Fault::TruncatedBody);
    let run = world.practice.send_reminders().await;
    print(&run);
    print(&world.outbox.messages());
    print(&world.outbox);
    let client = world.practice.client().await?;
    print(&client.patient().get_patient_demographics(patient).await);
    let window = emis_partner::client::model::MinutesWindow::new(0, 1440)?;
    print(&client.appointments().get_booked_patients(window).await);
    print(&client.token_claims().await);

    for fault in [
        Fault::Status(500),
        Fault::Status(400),
        Fault::NotJson,
        Fault::TruncatedBody,
    ] {
        faults.times(Operation::GetPatientDemographics, 10, fault);
        let answer = client.patient().get_patient_demographics(patient).await;
        faults.clear();
        let error = answer.err().ok_or("a fault that went unnoticed")?;
        printed.push_str(&format!(
            "{error} {error:?} {}
",
            error.chain()
        ));
    }
    world
        .sim
        .practice()
        .emas()
        .set_user_password("Other-Password-7");
    world.sim.expire_tokens();
    let run = world.practice.send_reminders().await;
    let error = run.err().ok_or("a wrong password that went unnoticed")?;
    printed.push_str(&format!("{error} {error:?} {}\n", error.chain()));
    let report = world.practice.diagnose().await?;
    printed.push_str(&format!(
        "{report} {report:?} {}\n",
        serde_json::to_string(&report)?
    ));
    printed.push_str(&format!(
        "{:?} {:?}",
        world.practice,
        world.sim.practice().ods()
    ));
    Ok((world, printed))
}
