/** The second table: conntrack exemption, defragmentation, redirects. */
import { enforcesAnything, type Exact, type Plan, type PlanRedirect, type RangePermit } from '../plan.ts'
import { needsIpHooks } from './ip-hooks.ts'
import { familyNetworks, isEnforcing, mildNetworks } from './modes.ts'
import { bothFamilies, ipTable, redirectedMark, words } from './names.ts'
import { isPureSyn } from './outcome.ts'
import { portsText } from './range.ts'
import { deceiveNat, deceiveTracked, rewrites } from './deceive.ts'
import { timeoutOf } from './timeout.ts'
import { rawChain } from './untracked.ts'

const list = (networks: readonly string[] | undefined, field: string) =>
  networks === undefined ? '' : `${field} { ${networks.join(', ')} } `
const transport = (proto: number) => (proto === 6 ? 'tcp' : 'udp')

const match = (redirect: PlanRedirect, generation: number): string => {
  const ip = words[redirect.family]
  const when =
    redirect.when === undefined
      ? ''
      : redirect.when === 'unauthenticated'
        ? `${ip.src} != @authenticated${redirect.family} `
        : `meta iiftype @g${generation}_w${redirect.when.window} `
  // A connection that runs already is left to run.
  const first = redirect.proto === 6 ? `${isPureSyn} ` : ''
  return `${when}${list(redirect.src, ip.src)}${list(redirect.dst, ip.dst)}${first}${transport(redirect.proto)} dport ${redirect.port}`
}

/** Nothing is rewritten towards a zone in observe or shadow, nor from one to an address in no zone: the milder end decides. */
const untouched = (plan: Plan): string[] =>
  bothFamilies.flatMap((ip) => {
    const mild = mildNetworks(plan, ip)
    if (mild.length === 0) return []
    const zoned = plan.zones.flatMap(({ networks }) => familyNetworks(networks, ip))
    const among = (networks: readonly string[]) => `{ ${[...new Set(networks)].join(', ')} }`
    return [`${ip.dst} ${among(mild)} return`, `${ip.dst} != ${among(zoned)} ${ip.src} ${among(mild)} return`]
  })

/** The mode of a pair is for what flows between its ends instead of the zone's: observed or in shadow, nothing is rewritten. */
const pairs = ({ pairModes }: Plan): string[] =>
  pairModes.some(({ mode }) => !isEnforcing(mode))
    ? pairModes.flatMap(({ family, src, dst, mode }) => {
        const ip = words[family]
        const verdict = isEnforcing(mode) ? 'return' : 'accept'
        const any = src === undefined && dst === undefined ? `meta nfproto ipv${family} ` : ''
        return [
          `${any}${list(src, ip.src)}${list(dst, ip.dst)}${verdict}`,
          `${any}${list(dst, ip.src)}${list(src, ip.dst)}${verdict}`,
        ]
      })
    : []

const destination = ({ family, target, targetPort, port }: PlanRedirect) =>
  family === 4 ? `${target}:${targetPort ?? port}` : `[${target}]:${targetPort ?? port}`

/** Both directions of what may be redirected are tracked; everything else needs no conntrack entry, so a full table stops nothing. */
const tracked = (redirect: PlanRedirect): string[] => {
  const ip = words[redirect.family]
  const proto = transport(redirect.proto)
  return [
    `${list(redirect.src, ip.src)}${list(redirect.dst, ip.dst)}${proto} dport ${redirect.port} accept`,
    `${ip.src} ${redirect.target} ${proto} sport ${redirect.targetPort ?? redirect.port} accept`,
  ]
}

/** What is essential goes where it always went, and needs no entry of conntrack. Packets have no mark for their VLAN here yet. */
const essential = (plan: Plan, redirect: PlanRedirect): string[] => {
  const { family, proto, port } = redirect
  const ip = words[family]
  const isMeant = ({ conduit }: { readonly conduit: number }) => plan.conduits[conduit]?.essential === true
  const asked = `${transport(proto)} dport ${port} notrack accept`
  const answered = `${transport(proto)} sport ${port} notrack accept`
  const ofProto = plan.exact.filter((one) => isMeant(one) && one.family === family && one.proto === proto)
  const exact = ofProto.filter((one) => one.port === port)
  const ends = [...new Set(exact.map(({ src, dst }) => `${src} . ${dst}`))].join(', ')
  const ofRanges = plan.ranges.filter((one) => isMeant(one) && one.family === family && (one.proto ?? proto) === proto)
  const ranges = ofRanges.filter((one) => one.ports?.some(([from, to]) => port >= from && port <= to) ?? true)
  return [
    ...(ends === ''
      ? []
      : [`${ip.src} . ${ip.dst} { ${ends} } ${asked}`, `${ip.dst} . ${ip.src} { ${ends} } ${answered}`]),
    ...ranges.flatMap(({ src, dst }) => [
      `meta nfproto ipv${family} ${list(src, ip.src)}${list(dst, ip.dst)}${asked}`,
      `meta nfproto ipv${family} ${list(dst, ip.src)}${list(src, ip.dst)}${answered}`,
    ]),
    ...(proto === 6 ? [] : answers(redirect, ofProto, ofRanges)),
  ]
}

/**
 * Answers of other services to a client whose port is the redirect's. Of TCP no answer is a first segment; a datagram could be one, and
 * of what was asked nothing is tracked.
 */
const answers = ({ family, port }: PlanRedirect, exact: readonly Exact[], ranges: readonly RangePermit[]): string[] => {
  const ip = words[family]
  const mine = exact.flatMap((one) => (one.port === undefined ? [] : [`${one.src} . ${one.dst} . ${one.port}`]))
  const from = [...new Set(mine)].join(', ')
  const rest = `udp dport ${port} notrack accept`
  return [
    ...(from === '' ? [] : [`${ip.dst} . ${ip.src} . udp sport { ${from} } ${rest}`]),
    ...ranges.map(({ src, dst, ports }) => {
      const sport = ports === undefined ? '' : `udp sport ${portsText(ports)} `
      return `meta nfproto ipv${family} ${list(dst, ip.src)}${list(src, ip.dst)}${sport}${rest}`
    }),
  ]
}

const mark = `0x${redirectedMark.toString(16)}`

/** Text of one generation of the second table: none where nothing comes to the IP hooks, as in observe and shadow, which rewrite nothing. */
export const redirectText = (plan: Plan, generation: number, openWindows: ReadonlyMap<number, number>): string => {
  const g = `g${generation}_`
  if (!needsIpHooks(plan)) return ''
  const chain = (name: string, rules: readonly string[]) =>
    `  chain ${g}${name} {\n${rules.map((rule) => `    ${rule}\n`).join('')}  }\n`
  const windows = plan.windows.map((_, index) => {
    const seconds = openWindows.get(index) ?? 0
    const elements = seconds > 0 ? ` elements = { ether ${timeoutOf(seconds)} };` : ''
    return `  set ${g}w${index} { type iface_type; flags timeout;${elements} }\n`
  })
  const nat = plan.redirects.map(
    (redirect) => `${match(redirect, generation)} dnat ${words[redirect.family].ip} to ${destination(redirect)}`,
  )
  const source = plan.redirects
    .filter(({ snat }) => snat)
    .map(
      ({ family, target, proto, targetPort, port }) =>
        `${words[family].dst} ${target} ${transport(proto)} dport ${targetPort ?? port} ct status dnat masquerade`,
    )
  return `table inet ${ipTable} {
${windows.join('')}${chain('raw', [
    ...plan.redirects.flatMap((redirect) => essential(plan, redirect)),
    ...plan.redirects.flatMap(tracked),
    ...deceiveTracked(plan),
    'notrack',
  ])}${chain('defragment', ['ct state invalid return'])}${
    !rewrites(plan)
      ? ''
      : chain('pairs', pairs(plan)) +
        chain('redirection', [...untouched(plan), `jump ${g}pairs`, ...nat, ...deceiveNat(plan)]) +
        chain('redirection_source', source) +
        chain('redirected', [`ct status dnat meta mark set meta mark | ${mark}`])
  }}
`
}

/**
 * Whether the bridge must be allowed to forward as a host does: DNAT of a bridged packet looks up a route to the new destination,
 * and without forwarding on the bridge Linux 6.18 finds none and drops the packet.
 */
export const routes = (plan: Plan): boolean =>
  plan.kind === 'bridge' && rewrites(plan) && plan.address !== undefined && enforcesAnything(plan)

/** Base chains of the second table that a plan needs, with the generation's chain each goes to. */
export const redirectBases = (
  plan: Plan,
): readonly { name: string; type: string; hook: string; priority: number; to: string }[] => {
  if (!needsIpHooks(plan)) return []
  const first = { ...rawChain, to: 'raw' }
  if (!rewrites(plan)) return [first]
  return [
    first,
    { name: 'redirection', type: 'nat', hook: 'prerouting', priority: -100, to: 'redirection' },
    { name: 'redirected', type: 'filter', hook: 'prerouting', priority: -90, to: 'redirected' },
    { name: 'redirection_source', type: 'nat', hook: 'postrouting', priority: 100, to: 'redirection_source' },
  ]
}
