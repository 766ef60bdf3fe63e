import { registerImport } from './advisories/import.ts'
import { registerList } from './advisories/list.ts'
import { examples, type Register } from './command.ts'

export const register: Register = (program) => {
  const advisories = program
    .command('advisories')
    .description('the index of security advisories that an assessment matches devices against')
  examples(
    advisories,
    ['bulkhead advisories import csaf_files/OT/white --state plant', 'add what CISA publishes, from a copy on a stick'],
    ['bulkhead advisories list --state plant', 'which advisories are in the index?'],
  )
  registerImport(advisories)
  registerList(advisories)
}
