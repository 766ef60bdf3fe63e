/** One generation of the kernel's rules, as text: built inactive, flipped in one small transaction, the old one removed after. */
import { createHash } from 'node:crypto'
import { parseIp } from '#core/address.ts'
import { enforcesAnything, type Plan } from '../plan.ts'
import { absent, baseChain } from './base-chain.ts'
import { darkSets, decoyChains, decoyFirst, decoyInput, decoyOwners, decoyState } from './decoys.ts'
import { deceiveChains, deceiveState } from './deceive.ts'
import { rememberFirstParts } from './fragments.ts'
import { auditChain, isGivenTagged } from './inspection.ts'
import { ipChains } from './ip.ts'
import { sharedSets } from './shared.ts'
import { layer2Chains, redirectedChain } from './layer2.ts'
import { declareModes } from './modes.ts'
import { bothFamilies, counters, familyOfPlan, ipTable, redirectedMark, table, words } from './names.ts'
import { redirectBases, redirectText, routes } from './redirects.ts'
import { riskState, stateText } from './state.ts'
import { rawChain } from './untracked.ts'
import { Writer } from './writer.ts'

export interface Ruleset {
  /** Transactions that build the generation; each may be loaded alone and changes nothing that is enforced. */
  readonly prepare: readonly string[]
  /** Fingerprint of the text: another version of this program may say the same plan differently. */
  readonly text: string
  /**
   * The transaction that makes it the enforced one. Of a plan that needs no IP hooks it leaves the chain that decides what is
   * tracked alone (see `untracked`).
   */
  readonly flip: string
}

export interface RulesetOptions {
  /** Number of the generation: names its chains and sets. */
  readonly generation: number
  /** Windows that are open now: window index → seconds until it closes. */
  readonly openWindows?: ReadonlyMap<number, number>
}

/** What the base chain's rule says about the generation it leads to. */
const flipComment = (generation: number, digest: string, text: string): string =>
  `generation ${generation} digest ${digest} text ${text}`

/** 16 hex digits that stand for the text of a generation, without its number and without which windows are open. */
const fingerprint = (texts: readonly string[], generation: number): string => {
  const hash = createHash('sha256')
  const windows = / elements = \{ ether[^}]*\};|add element \S+ \S+ g_w\d+ \{[^}]*\}\n?/g
  for (const text of texts) hash.update(text.replaceAll(`g${generation}_`, 'g_').replaceAll(windows, ''))
  return hash.digest('hex').slice(0, 16)
}

/** Before br_netfilter's own forward hook (-1), after its prerouting hook: what comes to the IP hooks is whole here, and not yet queued. */
const forwardPriority = { bridge: -10, inet: 0 } as const

/** A redirecting bridge must forward as a host does (see `routes`); what is sent to its own MAC would then be routed past all rules. */
const inputGuard = (plan: Plan): string[] => {
  const [own] = plan.address?.split('/') ?? []
  if (!routes(plan) || own === undefined) return []
  const ip = own.includes(':') ? words[6] : words[4]
  return [`meta pkttype host ${ip.dst} != ${own} drop`]
}

const routedMain = (plan: Plan, writer: Writer): void => {
  if (plan.redirects.length > 0) redirectedChain(plan, writer)
  writer.chain('main', [
    ...(plan.redirects.length > 0
      ? [`meta mark & 0x${redirectedMark.toString(16)} != 0 ${writer.goto('redirected')}`]
      : []),
    'meta mark set 0',
    `meta protocol vmap { ip : ${writer.goto('ip4')}, ip6 : ${writer.goto('ip6')} }`,
  ])
}

const neighbourSets = (plan: Plan, writer: Writer): void => {
  const mine = plan.bindings.filter(({ ip }) => ip.includes(':'))
  const bound = mine.filter(({ mac }) => mac !== undefined)
  const placed = mine.filter(({ mac }) => mac === undefined)
  writer.set('nd_bound', 'typeof iifname . meta mark . ether saddr . @th,64,128')
  writer.set('nd_placed', 'typeof iifname . meta mark . @th,64,128')
  writer.set('nd_sited', 'typeof meta mark . @th,64,128')
  const raw = (ip: string) => `0x${ipv6Hex(ip)}`
  writer.elements(
    'nd_bound',
    bound.map(({ device, vlan, mac, ip }) => `"${device}" . ${vlan} . ${mac ?? ''} . ${raw(ip)}`),
  )
  writer.elements(
    'nd_placed',
    placed.map(({ device, vlan, ip }) => `"${device}" . ${vlan} . ${raw(ip)}`),
  )
  writer.elements('nd_sited', [...new Set(mine.map(({ vlan, ip }) => `${vlan} . ${raw(ip)}`))])
}

/** 32 hex digits of an IPv6 address. */
const ipv6Hex = (text: string): string => (parseIp(text)?.value ?? 0n).toString(16).padStart(32, '0')

/** After the guard of `arriving`, before br_netfilter gives packets to the IP hooks (0). */
const deceivePriority = -200

/**
 * Tagged fragments of IPv6 must not come to be put together: taken apart again, they would leave with the tag of somebody else. Their
 * header need not be the first behind that of IPv6.
 */
const taggedFragments = 'meta iiftype != @bypass ether type vlan meta protocol ip6 exthdr frag exists drop'

/**
 * Linux reads which header follows that of IPv6 where a driver or a raw socket may not have put it (ipv6_find_hdr). Writing into the
 * header what it says makes the kernel bring it there.
 */
const readable = 'meta protocol ip6 ip6 hoplimit set ip6 hoplimit'

/** The guard before the bridge learns; an empty chain where nothing is guarded. */
const arriving = (plan: Plan, writer: Writer): string[] => [
  baseChain('bridge', table, 'arriving', 'filter', 'prerouting', -300),
  `flush chain bridge ${table} arriving\n`,
  ...(enforcesAnything(plan) ? [`add rule bridge ${table} arriving ${readable}\n`] : []),
  ...(isGivenTagged(plan, 6) ? [`add rule bridge ${table} arriving ${taggedFragments}\n`] : []),
  ...decoyOwners(plan).map((rule) => `add rule bridge ${table} arriving ${rule}\n`),
  ...(plan.macPorts.length === 0 ? [] : [`add rule bridge ${table} arriving goto ${writer.name('arriving')}\n`]),
]

/**
 * Behind br_netfilter on a bridge, behind every filter and the queue on a router: the last to see a packet. iptables-nft puts its security
 * table, and with it the queue, at 150.
 */
const auditPriority = { bridge: 10, inet: 200 } as const

/** Writes the rules of a plan. */
export const ruleset = (plan: Plan, { generation, openWindows = new Map() }: RulesetOptions): Ruleset => {
  const family = familyOfPlan(plan)
  const writer = new Writer(family, generation)
  for (const conduit of plan.conduits) writer.counter(conduit.counter)
  sharedSets(plan, writer, openWindows)
  darkSets(plan, writer)
  declareModes(plan, writer, bothFamilies)
  neighbourSets(plan, writer)
  for (const ip of bothFamilies) ipChains(plan, writer, ip)
  if (plan.kind === 'bridge') {
    layer2Chains(plan, writer)
    decoyChains(plan, writer)
    deceiveChains(plan, writer)
  } else routedMain(plan, writer)
  auditChain(plan, writer)
  const bases = redirectBases(plan)
  const second = redirectText(plan, generation, openWindows)
  const guard = [...decoyInput(plan), ...inputGuard(plan)]
  const bypass = `meta iiftype @bypass counter name "${counters.bypass}" accept`
  const prepare = [
    stateText(family) + riskState(plan, family) + decoyState(plan) + deceiveState(plan),
    ...writer.transactions(),
    ...(second === '' ? [] : [second]),
  ]
  const text = fingerprint(prepare, generation)
  const flip = [
    baseChain(family, table, 'forward', 'filter', 'forward', forwardPriority[family]),
    `flush chain ${family} ${table} forward\n`,
    ...decoyFirst(plan, writer).map((rule) => `add rule ${family} ${table} forward ${rule}\n`),
    `add rule ${family} ${table} forward ${bypass}\n`,
    `add rule ${family} ${table} forward goto ${writer.name('main')} comment "${flipComment(generation, plan.digest, text)}"\n`,
    ...(writer.has('audit')
      ? [
          baseChain(family, table, 'audit', 'filter', 'forward', auditPriority[family]),
          `flush chain ${family} ${table} audit\n`,
          `add rule ${family} ${table} audit meta iiftype @bypass accept\n`,
          `add rule ${family} ${table} audit goto ${writer.name('audit')}\n`,
        ]
      : [absent(family, table, 'audit')]),
    ...(family === 'bridge' ? [...arriving(plan, writer), rememberFirstParts(plan)] : []),
    ...(writer.has('deceive')
      ? [
          baseChain(family, table, 'deceive', 'filter', 'prerouting', deceivePriority),
          `flush chain ${family} ${table} deceive\n`,
          `add rule ${family} ${table} deceive meta iiftype @bypass accept\n`,
          `add rule ${family} ${table} deceive goto ${writer.name('deceive')}\n`,
        ]
      : family === 'bridge'
        ? [absent(family, table, 'deceive')]
        : []),
    ...(guard.length === 0
      ? [absent(family, table, 'input')]
      : [
          baseChain(family, table, 'input', 'filter', 'input', forwardPriority[family]),
          `flush chain ${family} ${table} input\n`,
          ...guard.map((rule) => `add rule ${family} ${table} input ${rule}\n`),
        ]),
    ...allBases.map(({ name, type, hook, priority }) =>
      bases.some((base) => base.name === name)
        ? baseChain('inet', ipTable, name, type, hook, priority) + `flush chain inet ${ipTable} ${name}\n`
        : name === rawChain.name
          ? ''
          : absent('inet', ipTable, name),
    ),
    ...bases.flatMap(({ name, to }) => [
      ...(name === 'raw' ? [] : [`add rule inet ${ipTable} ${name} meta iiftype @bypass return\n`]),
      `add rule inet ${ipTable} ${name} jump g${generation}_${to}\n`,
    ]),
  ].join('')
  return { prepare, flip, text }
}

const allBases = [
  rawChain,
  { name: 'redirection', type: 'nat', hook: 'prerouting', priority: -100 },
  { name: 'redirected', type: 'filter', hook: 'prerouting', priority: -90 },
  { name: 'redirection_source', type: 'nat', hook: 'postrouting', priority: 100 },
] as const
