/**
 * Any policy against any recording, by the evaluator and the inspector that enforcement uses. One pass over the packets, two policies
 * at most (the one that is meant, and the running one), bounded memory.
 */
import { timeOf } from '#packet/packets.ts'
import type { CaptureRecord, Skip } from '#packet/records.ts'
import type { Headers } from '#packet/headers.ts'
import { ipProtocols, tcpFlags } from '#packet/numbers.ts'
import type { Plan } from '#policy/plan.ts'
import { CommandReader } from './command-reader.ts'
import { Commands } from './commands.ts'
import { ContainedSources, type Contained } from './contained.ts'
import { Conversations, type Part } from './conversations.ts'
import { Frames } from './frames.ts'
import { PacketJudge, type Decision, type JudgeOptions } from './packet-judge.ts'
import type { Stay } from './places.ts'
import { Recordings } from './recordings.ts'
import { servicePorts } from './service-name.ts'
import type { Met, Reason } from './tally.ts'
import { Unjudged, type UnjudgedPair } from './unjudged.ts'

/** Keys of frames whose verdicts are remembered: a connection has about six. */
const maxKeys = 65_536

/** What one policy makes of the frames of one key. */
interface Judged {
  decision: Decision | Stay
  reason: Reason | undefined
  /** It holds as long as the judge says this number. */
  version: number
  stopping: Contained | undefined
  /** Its ends, where the edge would not see them. */
  pair: UnjudgedPair | undefined
  /** There are no commands in them. */
  isSilent: boolean
}

interface Known {
  part: Part | undefined
  readonly judged: readonly Judged[]
}

interface Lane {
  readonly judge: PacketJudge
  readonly reader: CommandReader
  readonly contained: ContainedSources
  used: Set<string>
}

/** Data that a receiver may take out of the stream, or take at another place of it: see inspect/tcp. */
const isDropped = ({ protocol, flags, payloadOffset, payloadEnd }: Headers): boolean =>
  protocol === ipProtocols.tcp &&
  ((flags & tcpFlags.urg) !== 0 || ((flags & tcpFlags.syn) !== 0 && payloadEnd > payloadOffset))

export class Simulation {
  readonly frames = new Frames()
  readonly recordings = new Recordings()
  readonly conversations: Conversations
  readonly commands: Commands
  readonly lanes: readonly Lane[]
  /** Frames that were judged, and those that the edge would not see, by why. */
  judged = 0
  readonly stayed = new Map<Stay, number>()
  readonly unjudged = new Unjudged()
  /** Frames that pass in every mode: ARP, neighbour discovery, DHCP, spanning tree and the like. */
  infrastructure = 0
  /** Frames whose ends both live behind several ports. */
  assumed = 0
  /** Packets whose commands could not be read, because the recording left out their end. */
  unread = 0
  /** Judged segments with urgent data, or with data in an opening: an edge drops those. */
  withheld = 0
  /** Frames that carried a VLAN, or none, which their port does not have. */
  undeclared = 0
  readonly #known = new Map<string, Known>()
  readonly #met = (): Met => ({ capture: this.recordings.name, packet: this.frames.number, at: this.frames.now })

  /** @param plans the one to judge by, and the running one to compare with */
  constructor(plans: readonly Plan[], options: JudgeOptions = {}) {
    this.conversations = new Conversations(plans.length, servicePorts(plans))
    this.commands = new Commands(plans.length)
    this.lanes = plans.map((plan, index) => ({
      judge: new PacketJudge(plan, options),
      reader: new CommandReader(plan, (heard) => this.commands.count(index, heard, this.#met)),
      contained: new ContainedSources(),
      used: new Set<string>(),
    }))
  }

  begin(name: string): void {
    this.recordings.begin(name)
  }

  record(record: CaptureRecord): void {
    this.recordings.packet(timeOf(record))
    const { frames } = this
    if (!frames.read(record)) return
    for (const { judge } of this.lanes) judge.at(frames.now)
    const known = this.#find(frames.key)
    const part = known.part
    if (part !== undefined) this.#countPart(part)
    for (const [index, judged] of known.judged.entries()) this.#count(index, judged, part)
    this.#compare(known)
  }

  end(skips: readonly Skip[], broken?: string): void {
    this.recordings.end(skips, broken)
  }

  /** No more recordings come. */
  finish(): void {
    for (const { reader } of this.lanes) reader.end()
  }

  #find(key: string | undefined): Known {
    const known = key === undefined ? undefined : this.#known.get(key)
    if (known !== undefined) {
      this.#again(known)
      return known
    }
    const judged = this.lanes.map(({ judge }): Judged => ({
      version: judge.version,
      decision: judge.judge(this.frames),
      reason: undefined,
      stopping: undefined,
      pair: undefined,
      isSilent: false,
    }))
    const made = { part: this.#partOf(judged), judged }
    for (const [index, one] of judged.entries()) this.#note(index, one, made.part)
    if (key !== undefined) {
      if (this.#known.size >= maxKeys) this.#known.clear()
      this.#known.set(key, made)
    }
    return made
  }

  /** What an edge remembers has changed since: the frame is judged anew where that may matter. */
  #again(known: Known): void {
    for (const [index, { judge }] of this.lanes.entries()) {
      const judged = known.judged[index]
      if (judged === undefined || judged.version === judge.version) continue
      judged.version = judge.version
      judged.decision = judge.judge(this.frames)
      judged.isSilent = false
      this.#note(index, judged, known.part)
    }
    if (known.part !== undefined) return
    // What was infrastructure to everybody may be denied now, because its source is contained.
    known.part = this.#partOf(known.judged)
    if (known.part === undefined) return
    for (const [index, judged] of known.judged.entries()) this.#note(index, judged, known.part)
  }

  #note(index: number, judged: Judged, part: Part | undefined): void {
    const { decision } = judged
    judged.reason = undefined
    judged.stopping = undefined
    judged.pair =
      index === 0 && typeof decision === 'string' ? this.unjudged.of(this.frames.bytes, decision) : undefined
    if (typeof decision === 'string') return
    const lane = this.lanes[index]
    lane?.contained.note(decision, this.#met)
    judged.stopping = lane?.contained.stopping(decision)
    if (decision.verdict.conduit !== undefined) lane?.used.add(decision.verdict.conduit)
    judged.reason = part?.conversation.tallies[index]?.reasonOf(decision, this.#met)
  }

  /** The conversation that it belongs to; none when no policy sees it, or it is only infrastructure to all that do. */
  #partOf(judged: readonly Judged[]): Part | undefined {
    const seen = judged.flatMap(({ decision }) => (typeof decision === 'string' ? [] : [decision]))
    const [first] = seen
    if (first === undefined || seen.every(({ verdict }) => verdict.reason === 'infrastructure')) return undefined
    return this.conversations.of(first.packet, first.vlan, first.verdict.reason)
  }

  #countPart({ conversation, fromClient }: Part): void {
    const { now } = this.frames
    if (fromClient) conversation.there++
    else conversation.back++
    if (conversation.first === 0 || now < conversation.first) conversation.first = now
    if (now > conversation.last) conversation.last = now
  }

  #count(index: number, judged: Judged, part: Part | undefined): void {
    const { decision, reason, stopping, pair } = judged
    part?.conversation.tallies[index]?.count(reason)
    if (stopping !== undefined) stopping.stopped++
    if (pair !== undefined) pair.packets++
    if (index === 0) this.#countFrame(decision)
    if (typeof decision !== 'string' && !judged.isSilent) this.#read(index, judged, decision)
  }

  #countFrame(decision: Decision | Stay): void {
    if (typeof decision === 'string') {
      this.stayed.set(decision, (this.stayed.get(decision) ?? 0) + 1)
      return
    }
    this.judged++
    if (decision.verdict.reason === 'infrastructure') this.infrastructure++
    if (decision.assumed) this.assumed++
    if (decision.isUndeclared) this.undeclared++
  }

  #read(index: number, judged: Judged, { verdict, vlan }: Decision): void {
    const { frames } = this
    const { headers } = frames
    if (headers.protocol !== ipProtocols.tcp && headers.protocol !== ipProtocols.udp) return
    if (!frames.whole) {
      if (index === 0) this.unread++
      return
    }
    const reader = this.lanes[index]?.reader
    const permitted = verdict.outcome !== 'deny'
    const reading = reader?.packet(frames.bytes, headers.networkOffset, { vlan, now: frames.now, permitted })
    if (index === 0 && reading === 'judged' && isDropped(headers)) this.withheld++
    // Terms that come and go with the time must be asked for again.
    if (reading === 'none' && reader?.timed === false) judged.isSilent = true
  }

  #compare({ part, judged: [mine, running] }: Known): void {
    if (part === undefined || mine === undefined || running === undefined) return
    const isDenied = ({ decision }: Judged) => typeof decision !== 'string' && decision.verdict.outcome === 'deny'
    const [now, before] = [isDenied(mine), isDenied(running)]
    if (now && !before) part.conversation.newlyDenied++
    if (before && !now) part.conversation.newlyPermitted++
  }
}
