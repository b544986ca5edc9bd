/** Networks, tasks and pipelines as the values of an axis. */
import { adam, bnConv, compare, digits, filterL1, kd, lenet5, lenet300, sweep, task } from 'espalier'

const optimizer = adam({ lr: 1e-3 })
const fixed = { data: digits(), optimizer, epochs: 1 }
const tasks = { small: task({ model: lenet300(), ...fixed }), conv: task({ model: lenet5(), ...fixed }) }

const overTasks = sweep({ net: tasks, sparsity: [0.5, 0.9] }, ({ net, sparsity }) => net.train().prune(sparsity).finetune())
const rewound = sweep({ net: tasks }, ({ net }) =>
  net
    .train({ keep: { early: 1 } })
    .prune(0.5)
    .rewind('early')
    .train(),
)
const overNetworks = sweep({ model: { small: lenet300(), conv: lenet5() } }, ({ model }) =>
  task({ model, ...fixed })
    .train()
    .prune(0.5)
    .rewind()
    .train(),
)
const overTeachers = sweep({ teacher: { small: tasks.small.train(), conv: tasks.conv.train() } }, ({ teacher }) =>
  tasks.small.init().distill(teacher, kd()),
)
const channels = { one: task({ model: bnConv(), ...fixed }), two: task({ model: bnConv([8, 8]), ...fixed }) }
const whole = sweep({ net: channels }, ({ net }) => net.train().prune(filterL1(0.5)).shrink())

// What one of them lacks, none has.
sweep({ net: { ...tasks, channels: channels.one } }, ({ net }) =>
  // @ts-expect-error lenet300 has no channels
  net.train().prune(filterL1(0.5)),
)
sweep({ net: tasks }, ({ net }) =>
  // @ts-expect-error nothing has been trained
  net.init().finetune(),
)

export default compare({ overTasks, rewound, overNetworks, overTeachers, whole })
