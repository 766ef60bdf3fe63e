import { registerExport } from './assets/export.ts'
import { registerImport } from './assets/import.ts'
import { registerList } from './assets/list.ts'
import { registerQuestions } from './assets/questions.ts'
import { registerSet } from './assets/set.ts'
import { registerShow } from './assets/show.ts'
import { examples, type Register } from './command.ts'

export const register: Register = (program) => {
  const assets = program.command('assets').description('the devices that were discovered: list them, say what you know')
  examples(
    assets,
    ['bulkhead assets list plant', 'which devices are there?'],
    ['bulkhead assets show plant 198.18.1.10', 'what is this address, and how do we know?'],
    ['bulkhead assets questions plant', 'what do we have to find out?'],
    ['bulkhead assets set plant 198.18.1.10 --owner line-1', 'say what you know'],
    ['bulkhead assets import plant netbox-devices.csv', 'or what others wrote down'],
  )
  registerList(assets)
  registerShow(assets)
  registerQuestions(assets)
  registerSet(assets)
  registerImport(assets)
  registerExport(assets)
}
