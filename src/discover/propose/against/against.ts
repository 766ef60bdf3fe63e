/**
 * A proposal as additions to a policy that somebody wrote: what was seen and is not permitted there yet. Nothing is taken away, and
 * not a byte of what stands there changes but a range that is widened.
 */
import { cidrContains, cidrFirst, cidrLast } from '#core/address.ts'
import { loadPolicyText } from '#policy/load.ts'
import { dayIn } from '#policy/check/context.ts'
import type { Site } from '#schema/site.ts'
import type { Inventory, Observed, Sign } from '../../model.ts'
import { endsOf, maintenance, writeConduit, writeDecision, type Written } from '../conduits.ts'
import { gather, type Gathered } from '../gather.ts'
import { groupTrafficOf } from '../group-traffic.ts'
import { blocksOf } from '../grouping.ts'
import { namer } from '../names.ts'
import { profileOf } from '../profile.ts'
import { permitsOf } from '../proofs.ts'
import type { Decision, Excluded, Proposal, ProposeOptions } from '../proposal.ts'
import { commandsById, coveredBy, datesOf, lookLike } from '../propose.ts'
import { remarksOf } from '../remarks.ts'
import { unreadIn } from '../unread.ts'
import { verify } from '../verify.ts'
import { comment, item, toValue } from '../yaml.ts'
import { seatingOf } from '../zones.ts'
import { refuseContradicted } from './contradicted.ts'
import { coverageOf } from './coverage.ts'
import { editorOf, type Editor } from './edits.ts'
import { portFor, renamed, settledIn, wireOfSite } from './known.ts'
import { missingFrom, type Addition } from './missing.ts'
import { unmetIn, type Unmet } from './seen.ts'
import { unifiedDiff } from './unified.ts'
import { widen } from './widen.ts'

export interface AgainstProposal extends Proposal, Unmet {
  /** What changes, as a unified diff; empty when nothing does. */
  readonly diff: string
  /** A sentence for each conduit that more commands were added to. */
  readonly widened: readonly { readonly conduit: string; readonly changes: readonly string[] }[]
}

/** New zones with their place, and new assets in them. */
const addDevices = (editor: Editor, site: Site, { zones, assets }: Gathered): void => {
  for (const { name, level, networks, vlan } of zones) {
    const place = portFor(site, level)
    if (place !== undefined)
      editor.addItem(['edges', place.edge, 'ports', place.port, 'zones'], name, (indent) => item(name, indent))
    const zone = {
      level,
      networks,
      mode: 'observe',
      ...(vlan === undefined ? {} : { vlan: vlan === 0 ? 'untagged' : vlan }),
    }
    editor.addKey(['zones'], name, zone)
  }
  for (const [name, asset] of Object.entries(assets))
    if (!Object.hasOwn(site.assets, name)) editor.addKey(['assets'], name, toValue(asset))
}

const addRows = (editor: Editor, site: Site, traffic: ReturnType<typeof groupTrafficOf>): void => {
  for (const { zones, name, comment: why } of traffic.broadcast) {
    const [zone = ''] = zones
    if (site.broadcast.some((row) => row.zone === zone && row.allow.includes(name))) continue
    editor.addItem(['broadcast'], { zone, allow: [name] }, (indent) => [
      comment(why, indent),
      ...item({ zone, allow: [name] }, indent),
    ])
  }
  for (const { zones, name, comment: why } of traffic.layer2) {
    if (site.layer2.some((row) => zones.every((zone) => row.zones.includes(zone)) && row.allow.includes(name))) continue
    editor.addItem(['layer2'], { zones, allow: [name] }, (indent) => [
      comment(why, indent),
      ...item({ zones, allow: [name] }, indent),
    ])
  }
}

/** Lines are written for an indentation of two. */
const shifted = (lines: readonly string[], indent: number): readonly string[] =>
  lines.map((line) => `${' '.repeat(indent)}${line.slice(2)}`)

const addConduits = (editor: Editor, conduits: readonly Written[], decisions: readonly Decision[]): void => {
  for (const { conduit, lines } of conduits)
    editor.addItem(['conduits'], toValue(conduit), (indent) => shifted(lines, indent))
  for (const { text } of decisions) editor.addComment(['conduits'], (indent) => shifted(text.split('\n'), indent))
}

const widenAll = (
  editor: Editor,
  additions: readonly Addition[],
  commands: ReturnType<typeof commandsById>,
): AgainstProposal['widened'] =>
  additions.map(({ conduit, index, pairs }) => {
    const all = pairs.flatMap((pair) => pair.commands)
    const profile = profileOf(
      conduit.service,
      all,
      pairs.some(({ server }) => server.kind.value === 'sis'),
    )
    return {
      conduit: conduit.id,
      changes: widen(editor, index, conduit.allow ?? [], profile, conduit.service, commands),
    }
  })

const windowOf = (site: Site): string | undefined =>
  Object.entries(site.groups).find(([, { times }]) => times !== undefined)?.[0]

const meets = (a: string, b: string) =>
  cidrContains(a, cidrFirst(b)) || cidrContains(a, cidrLast(b)) || cidrContains(b, cidrFirst(a))

/**
 * @param name of the policy, for the diff and for what is wrong with it
 * @throws Fault `policy-invalid` when the policy has errors, `policy-tests-failed` when its tests deny what was seen
 */
export const proposeAgainst = (
  policy: { readonly name: string; readonly text: string },
  observed: Observed,
  inventory: Inventory,
  signs: readonly Sign[],
  options: ProposeOptions = {},
): AgainstProposal => {
  const { now, expires } = datesOf(observed, options)
  const { site, source } = loadPolicyText(policy.text, policy.name, now)
  const known = renamed(site, inventory)
  const networks = Object.values(site.zones).flatMap((zone) => zone.networks)
  const names = [...Object.keys(site.assets), ...Object.keys(site.groups), ...Object.keys(site.zones), 'any']
  const found = gather(observed, known, signs, {
    seating: (devices) =>
      seatingOf(devices, {
        taken: new Set([...names, ...devices.map(({ id }) => id)]),
        fixed: settledIn(site),
        reaches: (network) => networks.some((other) => meets(other, network)),
      }),
    wire: (seating) => wireOfSite(site, seating),
  })
  const coverage = coverageOf(site, dayIn(site.timezone, now))
  const { fresh, additions, used, denied } = missingFrom(site, coverage, found.permit)
  const naming = namer([...names, ...Object.keys(found.assets), ...found.zones.map((zone) => zone.name), maintenance])
  const ends = endsOf(naming, site.groups)
  const ids = namer(site.conduits.map(({ id }) => id))
  const commands = commandsById(observed.conversations)
  const conduits = blocksOf(fresh).map((block) => writeConduit(block, ends, ids, commands))
  const undecided = missingFrom(
    site,
    { ...coverage, of: (...pair) => coverage.of(...pair).map((each) => ({ ...each, always: true })) },
    found.decide,
  )
  const window = windowOf(site) ?? maintenance
  const decisions = blocksOf([...undecided.fresh, ...undecided.additions.flatMap(({ pairs }) => pairs)]).map((block) =>
    writeDecision(block, ends, ids, commands, { when: window, expires }, lookLike(block, signs)),
  )
  // What was proposed in a comment before, and is neither permitted nor removed, stays one comment.
  const asked = decisions.filter(({ conduit }) => !policy.text.includes(`# - id: ${conduit.id}\n`))
  const traffic = groupTrafficOf(found.group, found.frames, found.zoneOf, coveredBy(blocksOf(found.permit)))
  const editor = editorOf(policy.text)
  addDevices(editor, site, found)
  for (const [name, group] of Object.entries(ends.groups))
    editor.addKey(['groups'], name, { assets: group.assets ?? [] })
  if (asked.length > 0 && windowOf(site) === undefined)
    editor.addKey(['groups'], maintenance, { times: [{ days: ['sat'], from: '02:00', to: '04:00' }] })
  const widened = widenAll(editor, additions, commands).filter(({ changes }) => changes.length > 0)
  addConduits(editor, conduits, asked)
  addRows(editor, site, traffic)
  for (const test of permitsOf(conduits)) editor.addItem(['tests'], test, (indent) => item(test, indent))
  const text = editor.text()
  const { site: merged, defects, failed } = verify(text, now)
  refuseContradicted(site, source, failed, now)
  const excluded: readonly Excluded[] = [
    ...found.excluded,
    ...traffic.excluded,
    ...denied.map(({ pair, deny }): Excluded => ({
      why: 'denied',
      text: `${pair.client.id} to ${pair.server.id}, ${pair.service}: denied by \`${deny}\``,
      conversations: pair.conversations.map(({ id }) => id),
      commands: [],
    })),
  ]
  const inUse = new Set([...used, ...undecided.used])
  return {
    site: merged ?? site,
    text,
    diff: unifiedDiff(policy.text, text, [policy.name, `${policy.name} (proposed)`]),
    conduits: conduits.map(({ lines: _lines, block: _block, ...conduit }) => conduit),
    decisions: decisions.map(({ block: _block, ...decision }) => decision),
    widened,
    excluded,
    aside: found.aside,
    remarks: [
      ...remarksOf(observed, found.excluded, found.permit.length + found.decide.length + found.aside.length),
      ...unreadIn(
        observed,
        conduits.map(({ block }) => block),
      ),
    ],
    questions: inventory.questions,
    defects,
    ...unmetIn(site, coverage, observed, known, found, excluded, inUse),
  }
}
