//! Words of a simulator that must not leak.

use emis_sim::Sim;

/// Returns every secret of a connection to this simulator, and the name, NHS number, mobile number,
/// email address and date of birth of every patient.
pub fn sensitive_words(sim: &Sim) -> Vec<String> {
    let mut words = vec![
        sim.client_secret().to_owned(),
        "Bearer ".to_owned(),
        "eyJ0eXAi".to_owned(), // the start of the simulator's tokens
        "emis-identity-1.".to_owned(),
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
