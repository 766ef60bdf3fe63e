import { examples, type Register } from './command.ts'
import { registerAdd, registerEnrol, registerRevoke } from './edges/enrol.ts'
import { registerList } from './edges/list.ts'
import { registerShow } from './edges/show.ts'
import { groups } from './groups.ts'

export const register: Register = (program) => {
  const edges = program.command('edges').description(groups.edges.summary)
  examples(
    edges,
    ['bulkhead edges add dairy edge-1', 'make an edge; prints what to type on its machine'],
    ['bulkhead edges list', 'who is connected, and enforcing?'],
  )
  registerList(edges)
  registerShow(edges)
  registerAdd(edges)
  registerEnrol(edges)
  registerRevoke(edges)
}
