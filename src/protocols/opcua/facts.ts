/** What a server says it is when it is asked for endpoints: ApplicationDescription, OPC 10000-4, 7.2. */
import { localizedText } from './values.ts'
import { run, string, type Part, type Walk } from './walk.ts'

const productUri: Part = (walk) => {
  walk.string()
  walk.message.fact('model', walk.text())
}
/** The text is last in a LocalizedText. */
const applicationName: Part = (walk) => {
  const mask = walk.bytes[walk.at] ?? 0
  localizedText(walk)
  if ((mask & 2) !== 0) walk.message.fact('name', walk.text())
}
const application: readonly Part[] = [string, productUri, applicationName]

/** The first of an array is enough: a server's endpoints are all its own. */
const firstEndpoint: readonly Part[] = [string, ...application]
const byType: ReadonlyMap<number, readonly Part[]> = new Map([
  [425, application],
  [431, firstEndpoint],
])

export const facts = (walk: Walk, type: number): void => {
  const parts = byType.get(type)
  if (parts !== undefined && walk.count() > 0) run(parts, walk)
}
