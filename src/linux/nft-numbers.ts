/** What every message to nf_tables is made of (linux/netfilter/nfnetlink.h, linux/netfilter.h). */

/** NFNL_SUBSYS_NFTABLES, in the upper half of a message's type. */
export const subsystem = 10 << 8
export const families = { bridge: 7, inet: 1, ip: 2, ip6: 10 } as const
export type NftFamily = keyof typeof families

export const terminated = (value: string): Uint8Array => Buffer.from(`${value}\0`)
