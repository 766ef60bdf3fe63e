/** One policy over frames, one after the other: the verdicts of `evaluate`, with what an edge would remember in between. */
import { decodeFrame } from '#packet/decode.ts'
import { packetOf } from '#inspect/packet.ts'
import { isGroupMac, type Packet } from '#policy/packet.ts'
import { etherTypes } from '#packet/numbers.ts'
import { evaluate } from '#policy/evaluate.ts'
import { isGivenTagged } from '#policy/nft/inspection.ts'
import { undeclaredVlan, type Plan } from '#policy/plan.ts'
import { vlanOf, type Verdict } from '#policy/verdict.ts'
import type { Frames } from './frames.ts'
import { notRecorded, Places, type Stay } from './places.ts'
import { rememberedNames, rememberedState, type RememberedState } from './remembered.ts'
import { windowClock } from './window-clock.ts'

/** What one policy makes of a frame. */
export interface Decision {
  readonly packet: Packet
  readonly verdict: Omit<Verdict, 'state'>
  /** VLAN by which the edge knows it. */
  readonly vlan: number
  /** An address of no asset sent it. */
  readonly stranger: boolean
  /** Its ends live behind several ports: that it crosses is assumed. */
  readonly assumed: boolean
  /** Its VLAN, or the lack of one, is none of its port. */
  readonly isUndeclared: boolean
}

export interface JudgeOptions {
  /** VLANs are those that the policy has for the ends: mirror ports often lose tags. */
  readonly vlansOfPolicy?: boolean
}

/** A carrier is known for a day after its last packet: recordings with a longer silence are rare, and it only protects. */
const forGood = Infinity

export class PacketJudge {
  readonly plan: Plan
  /** Changes whenever a frame of the same key might be judged otherwise than before. */
  version = 0
  /** Windows that were open at some time. */
  readonly opened = new Set<number>()
  readonly #places: Places
  readonly #state: RememberedState
  readonly #openAt: (now: number) => ReadonlySet<number>
  #open: ReadonlySet<number>
  #nextEnd = Infinity
  readonly #known: ReadonlySet<string>
  readonly #vlansOfPolicy: boolean

  constructor(plan: Plan, { vlansOfPolicy = false }: JudgeOptions = {}) {
    this.plan = plan
    this.#places = new Places(plan)
    this.#openAt = windowClock(plan)
    this.#open = this.#openAt(0)
    this.#state = rememberedState(this.#open)
    this.#known = new Set(plan.known.map(({ vlan, ip }) => `${vlan} ${ip}`))
    this.#vlansOfPolicy = vlansOfPolicy
  }

  /** Moves the clock of the edge to a packet's time: windows open and close, containments end. */
  at(now: number): void {
    const open = this.#openAt(now)
    if (open !== this.#open) {
      this.#open = open
      for (const index of open) this.opened.add(index)
      this.version++
    }
    if (now < this.#nextEnd) return
    this.#nextEnd = Math.min(
      this.#state.strangers.expire(now),
      this.#state.macs.expire(now),
      this.#state.containedKnown.expire(now),
    )
    this.version++
  }

  /** @returns the decision, or why the edge would never see the frame */
  judge(frame: Frames): Decision | Stay {
    const facts = this.#facts(frame)
    if (typeof facts === 'string') return facts
    const { packet, out, assumed } = facts
    let decision: Decision | undefined
    // Each copy of a frame to a group is judged at the port it leaves by; what one port denies is not received by all.
    for (const device of out) {
      const copy = device === packet.out ? packet : { ...packet, out: device }
      const { state, ...met } = evaluate(this.plan, { ...this.#state, openWindows: this.#open }, copy)
      const vlan = this.plan.kind === 'bridge' ? vlanOf(this.plan, copy) : 0
      const verdict = this.#remember(state, copy, vlan, met, frame.now)
      if (decision !== undefined && (decision.verdict.outcome === 'deny' || verdict.outcome !== 'deny')) continue
      const stranger = copy.ip === undefined || !this.#known.has(`${vlan} ${copy.ip.src}`)
      decision = { packet: copy, verdict, vlan, stranger, assumed, isUndeclared: vlan === undeclaredVlan }
    }
    return decision ?? 'nowhere'
  }

  #facts(
    frame: Frames,
  ): { readonly packet: Packet; readonly out: readonly string[]; readonly assumed: boolean } | Stay {
    const { plan } = this
    const seen = packetOf(decodeFrame(frame.bytes), '', '')
    const isRouted = plan.kind === 'routed'
    if (isRouted && (seen.ip === undefined || isGroupMac(seen.dstMac))) return 'one-port'
    const { ip } = seen
    const takesVlan = ip !== undefined && (isRouted || this.#vlansOfPolicy || !frame.hasMacs)
    const vlan = takesVlan ? this.#places.vlanOf(ip.src, ip.dst) : (seen.tag?.vid ?? 0)
    const hasMacs = frame.hasMacs && !isRouted
    const ends = {
      vlan,
      srcMac: hasMacs ? seen.srcMac : notRecorded,
      dstMac: hasMacs ? seen.dstMac : notRecorded,
      src: ip?.src ?? seen.arp?.senderIp,
      dst: ip?.dst,
    }
    const crossing = this.#places.crossing(ends)
    if (typeof crossing === 'string') return crossing
    const { in: device, out } = crossing
    const { tag: _, ...untagged } = seen
    // What is put together here the kernel judges by its first part, but where it drops all parts (docs/decisions/006).
    const isDropped = frame.wasFragmented && seen.tag !== undefined && ip?.family === 6 && isGivenTagged(plan, 6)
    const packet: Packet = {
      ...(takesVlan ? untagged : seen),
      ...(takesVlan && vlan !== 0 ? { tag: { vid: vlan, tpid: etherTypes.vlan } } : {}),
      in: device,
      out: out[0] ?? '',
      ...(hasMacs ? {} : { srcMac: this.#places.macOf(device, isRouted ? 0 : vlan, ip?.src) }),
      ...(isDropped && ip !== undefined ? { ip: { ...ip, part: { place: 'unjudged', id: 0 } } } : {}),
    }
    return { packet, out, assumed: this.#places.isAmbiguous(ends) }
  }

  /** @returns the verdict as it comes out: a full set contains nobody more */
  #remember(
    state: Verdict['state'],
    { in: device, srcMac, ip }: Packet,
    vlan: number,
    verdict: Omit<Verdict, 'state'>,
    now: number,
  ): Omit<Verdict, 'state'> {
    const { contains, seconds = 0, ...plain } = verdict
    const until = now + seconds * 1000
    let isNew = false
    for (const name of rememberedNames) {
      const mine = this.#state[name]
      if (state[name] === mine) continue
      const isKept = name === 'carriers' || name === 'wouldContain'
      for (const key of state[name]) if (mine.keep(key, isKept ? forGood : until)) isNew = true
    }
    if (isNew) this.version++
    if (contains === undefined) return verdict
    const { strangers, macs, containedKnown } = this.#state
    const link = `${device} ${vlan} ${srcMac}`
    const [set, key] =
      contains === 'known' ? [containedKnown, `${vlan} ${ip?.src ?? ''}`] : [strangers, `${link} ${ip?.src ?? ''}`]
    if (!set.has(key))
      return { ...plain, reason: plain.reason === 'stranger-contained' ? 'out-of-scope' : plain.reason }
    // What is contained already stays so for longer, as the kernel's `update` has it.
    set.keep(key, until)
    if (contains === 'stranger' && macs.has(link)) macs.keep(link, until)
    this.#nextEnd = Math.min(this.#nextEnd, until)
    return verdict
  }
}
