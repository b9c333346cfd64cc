//! Addresses.

use emis_types::Sensitive;

use super::Ident;

redacted! {
    /// A postal address in EMIS's five lines.
    pub struct Address {
        /// The identifiers of the address.
        pub ident: Ident,
        /// House name, number or flat.
        pub house_name_flat: Option<Sensitive<String>>,
        /// Street.
        pub street: Option<Sensitive<String>>,
        /// Village.
        pub village: Option<Sensitive<String>>,
        /// Town.
        pub town: Option<Sensitive<String>>,
        /// County.
        pub county: Option<Sensitive<String>>,
        /// Postcode, as the practice keeps it.
        pub postcode: Option<Sensitive<String>>,
    }
}
