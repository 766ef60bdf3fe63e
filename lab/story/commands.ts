import type { Chapter } from './stage.ts'
import { checkEvent, send } from './orders.ts'

export const commands: Chapter = {
  id: 'commands',
  title: 'The HMI sets a level, and asks for more than it may',
  run: async (stage) => {
    await stage.say(
      'The HMI may read, and set register 100 in steps of 50 while register 40 says automatic. Every command is judged by itself.',
    )
    await send(stage, { host: 'hmi', client: 'operator', targets: ['plc-fill', 'plc-cap', 'plc-pack', 'plc-pallet'] }, [
      { order: 'read 40', becomes: 'read', answer: { values: [1] }, text: 'it reads register 40: automatic' },
      { order: 'read 100', becomes: 'read', answer: { values: [250] }, text: 'it reads register 100: 250 l' },
      { order: 'write 100 290', becomes: 'done', answer: { written: 290 }, text: 'it sets 290 l: permitted' },
      {
        order: 'write 100 450',
        becomes: 'refused',
        answer: { exception: 3 },
        text: '450 l is too large a step: refused with exception 03, illegal value',
      },
      {
        order: 'write 101 70',
        becomes: 'refused',
        answer: { exception: 2 },
        text: 'register 101 is not its own: refused with exception 02, illegal address',
      },
      {
        order: 'switch 0 on',
        becomes: 'refused',
        answer: { exception: 1 },
        text: 'coils are not for it at all: refused with exception 01, illegal function',
      },
      { order: 'read 100', becomes: 'read', answer: { values: [290] }, text: 'the controller still has 290 l' },
    ])
    await checkEvent(stage, 'hmi')
    await stage.pause(1)
  },
}
