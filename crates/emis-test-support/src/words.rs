//! What must never be heard.

use emis_sim::Sim;

/// Every secret of a connection to this EMIS, and of every patient of its practices the name, the NHS
/// number, the telephone, the email address and the date of birth.
pub fn words_of(sim: &Sim) -> Vec<String> {
    let mut words = vec![
        sim.client_secret().to_owned(),
        "Bearer ".to_owned(),
        "eyJ0eXAi".to_owned(), // how the simulator's tokens begin
        "AGE-SECRET-KEY-1".to_owned(),
        "matchedTerms=".to_owned(),
        "patientNumber=".to_owned(),
    ];
    let practices = sim.practices().iter();
    words.extend(practices.clone().map(|emis| emis.password()));
    for person in practices.flat_map(|emis| emis.patients()) {
        words.extend(person.nhs_number);
        words.extend(person.mobile);
        words.extend(person.email);
        words.push(format!("{} {}", person.first_names, person.family_name));
        words.push(person.dob.to_string());
        words.push(person.dob.strftime("%d/%m/%Y").to_string());
    }
    words
}
