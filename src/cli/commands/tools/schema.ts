import { WorkError } from '../../../errors.ts'
import { schemaText } from '../../../schema/json-schema.ts'
import { schemaNames } from '../../../paths.ts'
import { work } from '../../../text/hint.ts'

/** `work schema`: the JSON Schema of a file, as `work init` puts it beside the files. */
export async function schema(name: string): Promise<void> {
  const known = schemaNames.find((one) => one === name)
  if (known === undefined) {
    throw new WorkError(`There is no schema "${name}". There are: ${schemaNames.join(', ')}.`, {
      code: 'usage',
      hint: work('schema', 'tasks'),
    })
  }
  process.stdout.write(await schemaText(known))
}
