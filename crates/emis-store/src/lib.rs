//! SQLite stores for practice settings and for the booking and reminder ledgers.
