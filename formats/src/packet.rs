//! Packets: the numbers that raw packets carry.

use crate::reason::words;

words! {
    /// Which way a packet goes (`net_packet_raw.direction`).
    PacketDirection: u32 {
        /// To this host, or network namespace.
        Ingress = 1, "ingress";
        /// From it.
        Egress = 2, "egress";
    }
}

words! {
    /// How the owner of a packet is known (`net_packet_raw.owner_by`).
    PacketOwnerBy: u32 {
        /// The packet's own socket: who used that last, or the listening socket that it came about by.
        Socket = 1, "socket";
        /// The packet has no socket; the last one with the same addresses and ports had this owner.
        Flow = 2, "flow";
        /// No process is known: it is the kernel's own.
        Kernel = 3, "kernel";
    }
}

words! {
    /// What a packet's data begins with (`net_packet_raw.link`).
    PacketLink: u32 {
        /// The network header.
        Network = 0, "network";
        /// An Ethernet header.
        Ethernet = 1, "ethernet";
    }
}

words! {
    /// Where a packet was seen (`net_packet_raw.seen_at`).
    PacketHook: u32 {
        /// At a socket of this host.
        CgroupSkb = 1, "cgroup_skb";
        /// On its way into an interface.
        NetDevQueue = 2, "net_dev_queue";
        /// On its way out of one.
        NetifReceiveSkb = 3, "netif_receive_skb";
    }
}
