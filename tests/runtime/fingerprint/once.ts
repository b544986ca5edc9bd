/** One request, given as JSON on the command line, in a process of its own. */
import { answer, type Request } from './runner.ts'

process.stdout.write(JSON.stringify(await answer(JSON.parse(process.argv[2]!) as Request)))
