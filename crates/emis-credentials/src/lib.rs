//! API users, sealed passwords and token sources for the EMIS Partner API.
