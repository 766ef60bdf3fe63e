import type { Chapter } from './stage.ts'
import { checkEvent, send } from './orders.ts'

/** S7: the service is not implemented. */
const notImplemented = { error: '0x8104', done: false }

/** There is one. */
const scales = ['plc-weigh', 'plc-weigh', 'plc-weigh'] as const

export const programming: Chapter = {
  id: 'programming',
  title: 'A stop and a program for the scales, on a weekday',
  run: async (stage) => {
    await stage.say(
      'The scales speak S7. The engineering station may read them; programs change on Saturday nights. Somebody tries it today.',
    )
    // Where a STOP reached it that nobody judged, its owner starts it.
    const restore = () => stage.orders(scales[0], 's7/engineer', scales[0], ['start'])
    await send(stage, { host: 'ews', client: 's7/engineer', targets: scales, restore }, [
      { order: 'read 10', becomes: 'read', answer: { value: 250 }, text: 'it reads the setpoint: 250' },
      { order: 'stop', becomes: 'refused', answer: notImplemented, text: 'STOP: refused, the controller runs' },
      { order: 'download 1', becomes: 'refused', answer: notImplemented, text: 'a program download: refused' },
      { order: 'read 10', becomes: 'read', answer: { value: 250 }, text: 'it reads on' },
    ])
    await checkEvent(stage, 'ews')
    await stage.say('The HMI sets the weight, as it may.')
    await send(stage, { host: 'hmi', client: 's7/operator', targets: scales }, [
      { order: 'write DB1,INT10 280', becomes: 'done', answer: { refused: false }, text: 'it sets 280: permitted' },
      { order: 'write DB1,INT20 1', becomes: 'refused', answer: { refused: true }, text: 'another address: refused' },
    ])
    await stage.pause(1)
  },
}
