//! The native engine: the tensor machine's steps at the speed of the host
