/** Installs the probe package described in its first argument into the folder in its second; run as a process, to be killed by the tests. */
import { installTensorFlow } from '../../../../runtime/engine/install/install.ts'

const [library, directory] = process.argv.slice(2)
await installTensorFlow({ library: JSON.parse(library!), directory: directory! }, ({ phase }) => console.log(phase))
