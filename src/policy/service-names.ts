import { vocabularies } from '#protocols/index.ts'
import { etherTypes } from '#protocols/layer2.ts'
import type { Site } from '#schema/site.ts'

/** Every name that `service:` takes, besides ports written out. */
export const serviceNames = (site: Site): string[] => [
  ...Object.keys(vocabularies),
  ...Object.keys(etherTypes),
  ...Object.entries(site.groups).flatMap(([name, { ports }]) => (ports === undefined ? [] : [name])),
  'icmp',
  'any',
]
