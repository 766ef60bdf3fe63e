import { examples, type Register } from './command.ts'
import { registerOrigins } from './risk/origins.ts'
import { registerSources } from './risk/sources.ts'
import { registerThresholds } from './risk/thresholds.ts'
import { registerVetoes } from './risk/vetoes.ts'

export const register: Register = (program) => {
  const risk = program.command('risk').description('risk of sources, and the evidence for it')
  examples(risk, ['bulkhead risk list', 'who should be looked at first?'])
  registerSources(risk)
  registerVetoes(risk)
  registerThresholds(risk)
  registerOrigins(risk)
}
