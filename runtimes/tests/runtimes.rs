//! Claims about what the runtimes are asked and what is made of their answers, against stand-ins that speak the real protocols.

mod runtimes {
    mod cri;
    mod cri_messages;
    mod docker;
    mod hostile;
    mod stand_in;
    mod state;
}
