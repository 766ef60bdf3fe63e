import { EventPage } from '#schema/manager-events.ts'
import { settled, until } from './fleet.ts'
import type { Chapter, Stage } from './stage.ts'

/** Ids of what must never be lost, as the manager has them. */
const stored = async ({ fabric: { manager } }: Stage, site: string): Promise<readonly string[]> => {
  const all: string[] = []
  for (let next: string | undefined = ''; next !== undefined;) {
    const path: string = `/v1/events?site=${site}&class=P0&limit=1000${next === '' ? '' : `&after=${next}`}`
    const page: EventPage = await manager.ask(path, EventPage)
    all.push(...page.events.map(({ event }) => event.id))
    next = page.next
  }
  return all
}

export const back: Chapter = {
  id: 'back',
  title: 'The manager is back, and nothing is missing',
  run: async (stage) => {
    const { ledger, fabric } = stage
    const { dairy } = fabric
    await stage.say('What the edges did and saw without their manager was kept for it.')
    stage.check(
      (await fabric.return) === true && (await until(async () => (await settled(stage)).enforced >= 0)),
      'the manager is back, both edges found it, and nothing waits any more',
    )
    const laptop = dairy.plant.host('dairy-laptop')
    const event = await dairy.edge.event(({ kind, source }) => kind === 'containment' && source?.ip === laptop.ip)
    const own = dairy.edge.events.filter(({ class: name }) => name === 'P0').map(({ id }) => id)
    const kept = await stored(stage, dairy.plant.site.site)
    const once = new Set(kept)
    ledger.fabric.events = own.length
    ledger.fabric.missing = own.filter((id) => !once.has(id)).length
    ledger.fabric.twice = kept.length - once.size
    const { events, missing, twice } = ledger.fabric
    stage.check(
      events > 0 && missing === 0 && twice === 0 && event !== undefined && once.has(event.id),
      `of ${events} records that must not be lost, ${missing} are missing there and ${twice} are there twice`,
    )
    const { lost } = await (await dairy.production).lost()
    ledger.fabric.pollsLost = lost
    stage.check(lost === 0, `${lost} polls of the dairy were lost since the start`)
    await stage.pause(1)
  },
}
