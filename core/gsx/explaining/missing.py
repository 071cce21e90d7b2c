"""What to tell where an activation or a gradient that was asked for is not there, or not one."""

from __future__ import annotations

from itertools import chain

from torch import nn

from gsx.errors import ContractError
from gsx.pipeline.pipeline import Pipeline
from gsx.specs.interfaces import PICTURE, Address
from gsx.specs.suggest import did_you_mean, nearest


def nothing_runs(pipeline: Pipeline, address: Address, calls: int) -> ContractError:
    """Nothing ran at an address: which layers, levels, modules or calls there are.

    Args:
        calls: how often its component was called; 0 where that is not known.
    """
    component, path, role = address.component, address.path, address.role
    if isinstance(role, int) and 0 < calls <= role:
        return ContractError(
            f"{component} {path!r} is addressed in call {role}, and the {component} is called {calls} times.",
            hint=f"Calls are numbered from 0 to {calls - 1}.",
        )
    names = {
        "extractor": pipeline.layers,
        "fusion": pipeline.levels,
        "generator": (PICTURE,),
        "input": (PICTURE,),
    }.get(component, ())
    hints = [did_you_mean(path, names)] if names else []
    module = pipeline.modules.get(component)
    if isinstance(module, nn.Module):
        inside = [name for name, _ in module.named_modules() if name]
        hints += [f"Its modules: {nearest(path, inside)}"] if inside else []
    where = f"call {role}" if isinstance(role, int) else f"the {role} picture"
    return ContractError(f"nothing at {component} {path!r} runs for {where}.", hint=" ".join(hints) or None)


def runs_twice(address: Address) -> ContractError:
    """A module that runs several times in one pass: its activations are several, and an edit would mix them."""
    return ContractError(
        f"{address.component} {address.path!r} runs more than once in one pass, so its activation is not one.",
        hint="Choose a module that runs once, such as one that contains it or comes after it.",
    )


def no_tensor(address: Address, given: object) -> ContractError:
    """A module that gives something else than a tensor."""
    return ContractError(
        f"{address.component} {address.path!r} gives a {type(given).__name__}, not a tensor, so it has no units.",
        hint="Choose a module within it.",
    )


def check_gradients(pipeline: Pipeline) -> None:
    """Refuse a gradient through weights that autograd refuses.

    Raises:
        ContractError: which component has them, and what to do.
    """
    for name, module in pipeline.modules.items():
        tensors = chain(module.parameters(), module.buffers()) if isinstance(module, nn.Module) else ()
        if any(tensor.is_inference() for tensor in tensors):
            raise ContractError(
                f"the {name}'s weights were made under torch.inference_mode(), so there is no gradient through them.",
                hint="Make or move the networks outside of that mode (torch.no_grad() does no harm), or take an "
                "explainer without gradients, such as ablation or occlusion.",
            )
