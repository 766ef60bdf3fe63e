/** What the story measured: the one object that `bulkhead lab run --once --json` prints. Everything in it was counted. */

export interface Check {
  readonly text: string
  readonly ok: boolean
}

export interface ChapterFigures {
  readonly id: string
  readonly title: string
  readonly ok: boolean
  readonly ms: number
  readonly checks: readonly Check[]
}

export interface PollFigures {
  readonly sent: number
  readonly answered: number
  /** No answer within three seconds, or the connection broke. One that came late is late, not lost. */
  readonly lost: number
  readonly reconnects: number
  /** Round trip of the slowest poller. */
  readonly p50Ms: number
  readonly p99Ms: number
}

export interface AttackFigures {
  /** Frames that attackers put on the wire, ARP and IPv6 neighbour discovery not counted. */
  readonly sent: number
  /** Those that the edge let out on another port. */
  readonly delivered: number
}

export interface ContainmentFigures {
  /** Frames of any kind, ARP included, that got through from a source after its first IP packet. */
  readonly leaked: number
  readonly contained: number
  /** From the laptop's first frame on the wire to the event of its containment; the kernel contains in the packet path. */
  readonly reportedMs: number
  readonly orders: number
  /** 99 of 100 of `orders` orders through the API were durable and in the kernel by then; half of them, by `orderP50Ms`. */
  readonly orderMs: number
  readonly orderP50Ms: number
  /** The same (99 of 100) for the kernel's part of it. */
  readonly orderKernelMs: number
}

export interface OutageFigures {
  /** From kill -9 to the daemon's next answer. */
  readonly deadMs: number
  readonly sent: number
  readonly delivered: number
  readonly pollsLost: number
  /** From the start of the new daemon to its first answer. */
  readonly restartMs: number
}

export interface InspectorKillFigures {
  /** What passed while nobody judged, as the kernel counted it, and the conversations that it belonged to. */
  readonly packetsUninspected: number
  readonly flows: number
  /** From the end of the inspector until another one judges. */
  readonly gapMs: number
  readonly pollsLost: number
  readonly reconnects: number
}

export interface CommandFigures {
  /** Commands beyond reading that the story sent and the policy permits: each one arrived. */
  readonly permitted: number
  /** Those that it does not permit, each answered with the protocol's own refusal. */
  readonly refused: number
  /** Those of them that a controller carried out all the same, by its own account. */
  readonly delivered: number
  /** Orders after which the connection was gone. */
  readonly sessionsLost: number
  readonly inspectorKill: InspectorKillFigures
}

export interface DecoyFigures {
  readonly standing: number
  /** Ethernet addresses that they share. */
  readonly macs: number
  /** Events of somebody who spoke to one. */
  readonly contacts: number
  /** Packets of the scan that reached a real controller. */
  readonly delivered: number
  /** Told as such, with the evidence. */
  readonly bruteForce: number
  readonly compromised: number
  /** Addresses that show another device after the movement. */
  readonly moved: number
  readonly epoch: number
}

export interface FabricFigures {
  readonly sites: number
  /** From the kernel's containment at one site to that of the order in the kernel of the other. */
  readonly orderMs: number
  /** Packets of the one who was contained that reached a controller at either site. */
  readonly delivered: number
  /** Orders that both kernels have, and that are wanted of them. */
  readonly enforced: number
  readonly desired: number
  /** From asking the manager to end until it listened again; its start alone; and until nothing waited at any edge. */
  readonly downMs: number
  readonly backMs: number
  readonly caughtUpMs: number
  /** Records of an edge that must not be lost, and those that the manager lacks or has more than once. */
  readonly events: number
  readonly missing: number
  readonly twice: number
  readonly pollsLost: number
}

export interface Figures {
  readonly ok: boolean
  readonly site: string
  readonly edge: string
  /** False: in a user namespace, without any privilege on the machine. */
  readonly root: boolean
  readonly start: { readonly plantMs: number; readonly enforcingMs: number }
  readonly polls: PollFigures
  readonly attack: AttackFigures
  readonly containment: ContainmentFigures
  readonly outage: OutageFigures
  readonly commands: CommandFigures
  readonly decoys: DecoyFigures
  readonly fabric: FabricFigures
  readonly chapters: readonly ChapterFigures[]
}

export const percentile = (values: readonly number[], share: number): number => {
  const sorted = values.toSorted((a, b) => a - b)
  return sorted[Math.min(sorted.length - 1, Math.ceil(sorted.length * share) - 1)] ?? 0
}
