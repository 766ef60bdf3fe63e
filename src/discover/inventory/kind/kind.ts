/** What a device is, by everything that is known about it. */
import type { Concluded, Fact, Kind, Told } from '../../model.ts'
import type { Activity, Part } from '../activity.ts'
import type { Body } from '../bodies.ts'
import { cluesFor, conclude, type Clue } from '../clues.ts'
import { cluesOfControl, count } from './control.ts'
import { cluesOfFacts } from './facts.ts'
import { services } from './services.ts'

const meaningOf = ({ service }: Part) => (Object.hasOwn(services, service) ? services[service] : undefined)

const cluesOfServices = ({ serves, asks }: Activity): readonly Clue[] => [
  ...[...serves.values()].flatMap((part) => {
    const meaning = meaningOf(part)
    if (meaning?.serves === undefined || !part.answered) return []
    return cluesFor(meaning.serves, `serves ${meaning.label} to ${count(Math.max(part.peers.size, 1), 'device')}`)
  }),
  ...[...asks.values()].flatMap((part) => {
    const meaning = meaningOf(part)
    // Without a group address or an answer nobody may be there to hear it.
    const isGroup = part.peers.size === 0
    if (meaning?.asks === undefined || (!part.answered && !isGroup)) return []
    return cluesFor(meaning.asks, isGroup ? `sends ${meaning.label}` : `uses ${meaning.label}`)
  }),
]

const cluesOfPlace = ({ router, forwards }: Body): readonly Clue[] => [
  ...(router === undefined ? [] : [{ kind: 'router', weight: 0.85, text: router } as const]),
  ...(router === undefined && forwards > 0
    ? [{ kind: 'router', weight: 0.5, text: `packets of ${count(forwards, 'other address')} come from it` } as const]
    : []),
]

/** @param told what a person said, which ends all doubt */
export const kindOf = (
  body: Body,
  facts: readonly Fact[],
  activity: Activity,
  told: Told | undefined,
): Concluded<Kind> => {
  if (told?.kind !== undefined) return { value: told.kind, confidence: 1, because: ['a person said so'] }
  const clues = [
    ...cluesOfPlace(body),
    ...cluesOfFacts(facts),
    ...cluesOfControl(activity),
    ...cluesOfServices(activity),
  ]
  return conclude(clues, 'nothing that it does or says tells what it is')
}
