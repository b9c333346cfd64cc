//! What must never be heard.

use emis_sim::Sim;

/// Every secret of a connection to this EMIS, and of every patient the name, the NHS
/// number, the telephone, the email address and the date of birth.
pub(crate) fn forbidden(sim: &Sim) -> Vec<String> {
    let emis = sim.practice();
    let mut words = vec![
        emis.password(),
        sim.client_secret().to_owned(),
        "Bearer ".to_owned(),
        "eyJ0eXAi".to_owned(), // how the simulator's tokens begin
        "AGE-SECRET-KEY-1".to_owned(),
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
    words
}
