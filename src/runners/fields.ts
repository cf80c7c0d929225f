import * as z from 'zod/mini'

/** How a model is written in agents.yaml, in words. */
export const modelForm = '"provider/model" or { model: provider/model, variant: … }'

const isModelName = z.regex(/^[^/\s]+\/\S+$/, modelForm)

/** A model, optionally with a variant. */
export const ModelVariant = z.looseObject({
  model: z.string().check(isModelName),
  variant: z.optional(z.string()),
})

/** `provider/model`, or a model with a variant. */
const ModelEntry = z.union([z.string().check(isModelName), ModelVariant], modelForm)

/** A list of models. */
export function modelsField() {
  return z.array(ModelEntry, `a list of ${modelForm}`)
}
