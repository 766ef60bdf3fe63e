import { AdvisoryIndex, type Advisory } from '#schema/advisories.ts'
import sample from './sample.json' with { type: 'json' }

/** The few advisories that come with Bulkhead; imported ones with the same id stand in their place. */
export const shippedAdvisories = (): readonly Advisory[] => AdvisoryIndex.parse(sample).advisories
