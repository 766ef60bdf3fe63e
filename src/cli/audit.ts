import { registerExport } from './audit/export.ts'
import { registerKey } from './audit/key.ts'
import { registerSearch } from './audit/search.ts'
import { registerVerify } from './audit/verify.ts'
import { examples, type Register } from './command.ts'

export const register: Register = (program) => {
  const audit = program.command('audit').description('search and verify the record of what the edge did')
  examples(
    audit,
    ['bulkhead audit search --since 24h --kind containment', 'who was contained?'],
    ['bulkhead audit verify', 'was anything altered, is anything missing?'],
    ['bulkhead audit export --out november.jsonl', 'a copy that can be checked anywhere'],
  )
  registerSearch(audit)
  registerVerify(audit)
  registerExport(audit)
  registerKey(audit)
}
