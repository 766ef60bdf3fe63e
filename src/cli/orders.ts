import { examples, type Register } from './command.ts'
import { registerContain } from './orders/contain.ts'
import { registerQueue } from './orders/queue.ts'
import { registerStatus } from './orders/status.ts'

export const register: Register = (program) => {
  const orders = program
    .command('orders')
    .description('contain sources at many edges, and decide what waits for a person')
  examples(
    orders,
    ['bulkhead orders list', 'who is contained, and until when?'],
    ['bulkhead orders list --waiting', 'what waits for a person?'],
    ['bulkhead orders contain 198.18.1.40 --scope fleet --reason "ticket 4711"', 'cut somebody off everywhere'],
  )
  registerContain(orders)
  registerQueue(orders)
  registerStatus(orders)
}
