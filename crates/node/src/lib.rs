//! Store, planner, workers, transaction queue and chain sources of an opML node
