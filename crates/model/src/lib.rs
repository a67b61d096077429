//! Model files: building, quantisation, header and tile plan
