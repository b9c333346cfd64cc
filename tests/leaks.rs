//! Nothing that the product prints, logs or fails with holds a secret or anything about a patient.

use std::collections::BTreeSet;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use emis_partner::booking::BookingRequest;
use emis_sim::{Fault, Operation};
use emis_tests::capture::Ear;
use emis_tests::net::Net;
use emis_tests::{Failure, TODAY, World, known};

/// What must never be heard: every secret of the connection, and of every patient the name, the
/// NHS number, the telephone, the email address and the date of birth.
fn forbidden(world: &World) -> Result<Net, Failure> {
    let emis = world.sim.practice();
    let mut words = vec![
        emis.password(),
        world.sim.client_secret().to_owned(),
        "Bearer ".to_owned(),
        "eyJ0eXAi".to_owned(), // how the simulator's tokens begin
        "matchedTerms=".to_owned(),
        "patientNumber=".to_owned(),
    ];
    for person in emis.patients() {
        words.extend(person.nhs_number);
        words.extend(person.mobile);
        words.extend(person.email);
        words.push(format!("{} {}", person.first_names, person.family_name));
        words.push(person.dob.to_string());
        words.push(person.dob.strftime("%d/%m/%Y").to_string());
    }
    Net::new(words)
}

#[test]
fn the_net_holds_whatever_form_a_leak_takes() -> Result<(), Failure> {
    let secret = "Tr0ub4dor & 3+ü";
    let net = Net::new([secret.to_owned()])?;
    for leak in [
        format!("password={secret}"),
        "password=Tr0ub4dor+%26+3%2B%C3%BC&grant_type=password".to_owned(),
        "/token?password=Tr0ub4dor%20%26%203%2B%C3%BC".to_owned(),
        r#"{"password":"Tr0ub4dor & 3+\u{fc}"}"#.to_owned(),
        format!("Basic {}", STANDARD.encode(format!("user:{secret}"))),
        format!("Basic {}", STANDARD.encode(format!("users:{secret}"))),
        format!(
            "Basic {}",
            STANDARD.encode(format!("userss:{secret} and more"))
        ),
    ] {
        assert_eq!(net.caught(&leak), BTreeSet::from([secret]), "{leak}");
    }
    assert!(net.caught("Tr0ub4dor & 4, which is another").is_empty());
    Ok(())
}

#[test]
fn nothing_leaks_from_a_day_of_trouble() -> Result<(), Failure> {
    let ear = Ear::default();
    // For every thread of this program: what is done in the background is heard too.
    tracing::subscriber::set_global_default(ear.subscriber())?;
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()?;
    let (world, printed) = runtime.block_on(a_day_of_trouble())?;
    let net = forbidden(&world)?;
    let heard = ear.heard();
    assert!(
        heard.contains("GetBookedPatientsV2"),
        "the ear hears the calls"
    );
    assert!(net.meshes() > 5_000, "there is something to look for");
    assert_eq!(net.caught(&heard), BTreeSet::new(), "in the log");
    assert_eq!(net.caught(&printed), BTreeSet::new(), "in what was printed");

    // The net holds: a leak that is planted is caught.
    let planted = format!("{heard} user said {}", world.sim.practice().password());
    assert_eq!(net.caught(&planted).len(), 1);
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
