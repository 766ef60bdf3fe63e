/** Why the running edge permits or denies a conversation: with its islands, spares, temporary permits and containments. */
import { Fault } from '#core/errors.ts'
import { explain } from '#policy/explain.ts'
import { table } from '#policy/nft/names.ts'
import { parsePolicy } from '#policy/parse.ts'
import type { State } from '#policy/state.ts'
import type { RequestOf } from '#schema/control.ts'
import { steadyNow, type Edge } from './context.ts'
import { localChanges } from './enforce.ts'
import { containedParts, type KernelContainment } from './kernel/containment.ts'
import { listSet } from './kernel/elements.ts'
import { bypassLeft, listTemporary } from './kernel/permits.ts'
import { listRisks } from './kernel/risk.ts'
import type { Answers } from './operations.ts'
import { siteHere } from './policy-source.ts'

/** What the kernel remembers. A question names no Ethernet address, so whoever is contained is, on any link. */
const remembered = async (edge: Edge): Promise<Partial<State>> => {
  const contained: KernelContainment[] = []
  for await (const part of containedParts(edge.nft, edge.family)) contained.push(...part)
  const keys = (of: typeof contained) => new Set(of.map(({ vlan, ip }) => `${vlan} ${ip}`))
  return {
    held: keys(contained.filter(({ kind }) => kind !== 'known')),
    containedKnown: keys(contained.filter(({ kind }) => kind === 'known')),
    temporary: listTemporary(edge.nft, edge.family),
    ...(edge.plan.decoys === undefined
      ? {}
      : { decoys: new Set(listSet(edge.nft, edge.family, table, 'decoys').map(({ key }) => String(key[0]))) }),
    risks: new Map(listRisks(edge.nft, edge.family).map(({ ip, score }) => [ip, score])),
    bypass: bypassLeft(edge.nft, edge.family) !== undefined,
  }
}

/** Zones between the ends that are cut off, in words. */
const cutText = (edge: Edge, conduit: string | undefined): string => {
  const { islands } = localChanges(edge.store)
  if (islands.length === 0 || conduit === undefined) return ''
  return edge.plan.conduits.some(({ id }) => id === conduit)
    ? ''
    : ` Conduit ${conduit} would permit it, but ${islands.join(', ')} ${islands.length === 1 ? 'is' : 'are'} isolated.`
}

export const explainRunning = async (
  edge: Edge,
  { from, to, service, op }: RequestOf<'explain'>,
): Promise<Answers['explain']> => {
  const { source } = parsePolicy(edge.text, 'the running policy')
  const { explanations, faults } = explain(
    siteHere(edge.site, localChanges(edge.store)),
    source,
    { from, to, service, ...(op === undefined ? {} : { op }) },
    steadyNow(edge.store),
    { plan: edge.plan, state: await remembered(edge) },
  )
  const [fault] = faults
  if (fault !== undefined) {
    const { message, nearest: near } = fault
    const said = `${message[0]?.toUpperCase() ?? ''}${message.slice(1)}`
    throw new Fault(
      'usage',
      near === undefined ? `${said}.`.replace(/\.+$/, '.') : `${said}; did you mean \`${near}\`?`,
      {
        advice: 'Names are those of the policy that runs.',
      },
    )
  }
  const mine = explanations.find((explanation) => explanation.edge === edge.plan.edge)
  if (mine === undefined) throw new Fault('not-found', `This edge does not stand between ${from} and ${to}.`)
  const near =
    mine.nearest === undefined
      ? cutText(edge, mine.pending?.rule?.kind === 'conduit' ? mine.pending.rule.id : undefined)
      : ` The nearest conduit is ${mine.nearest.conduit}: ${mine.nearest.failed.map(({ detail }) => detail).join('; ')}.`
  return {
    text: `${mine.asked}: ${mine.now.because}.${near}`,
    verdict: mine.now.answer,
    reason: mine.now.reason,
    trace: mine.now.trace,
  }
}
