//! Names the cause of a broken EMIS connection, the person who must act, and the click.
