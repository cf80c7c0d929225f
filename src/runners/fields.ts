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

const namedForm = 'the name of a model, or { model: …, variant: … }'

const Name = z.string().check(z.regex(/^\S+$/, namedForm))

/** A model by the name that a program has for it, optionally with a variant. */
export const NamedVariant = z.looseObject({ model: Name, variant: z.optional(z.string()) })

/** A list of models by the names that a program has for them. */
export function namedModelsField() {
  return z.array(z.union([Name, NamedVariant], namedForm), `a list of ${namedForm}`)
}
