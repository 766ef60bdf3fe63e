/** Events of what the kernel saw around decoys. */
import { cidrContains } from '#core/address.ts'
import type { EventDraft } from '#schema/event.ts'
import { endOf, type Edge } from '../context.ts'
import type { DecoyRecord } from './records.ts'

type Of<Is extends DecoyRecord['is']> = Extract<DecoyRecord, { is: Is }>

export const escapeEvent = ({ mac, what }: Of<'escape'>): EventDraft => ({
  kind: 'decoy-escape',
  source: { mac },
  text: `A decoy sent what none may send, and it was dropped: ${what}.`,
})

export const darkEvent = ({ plan }: Pick<Edge, 'plan'>, { mac, source, target }: Of<'dark'>): EventDraft => {
  const dark = plan.decoys?.dark.find(({ network }) => cidrContains(network, target))
  const zone = plan.zones.find(({ index }) => index === dark?.zone)?.name
  return {
    kind: 'scan',
    reason: 'dark-address',
    ...(zone === undefined ? {} : { zone }),
    source: source === undefined ? { mac } : endOf(plan, source, { mac }),
    text: `${source ?? mac} asked for ${target}, where nobody is.`,
  }
}
