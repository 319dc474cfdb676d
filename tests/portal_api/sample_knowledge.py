"""The page of the company's knowledge, with every state that looks different."""

from dataclasses import replace

from portal_api.knowledge_views import (
    KnowledgeView,
    QuestionLine,
    TextLine,
    TextView,
    TrialView,
    UsedLine,
)
from ringback.business import Answer
from ringback.knowledge import Part, Tried
from tests.portal_api.sample_frame import NOW, shell

PARTS = (
    Part("Efter behandlingen", "Tvätta inte håret det första dygnet.\nAnvänd gärna balsam."),
    Part("Vad kostar slingor?", "Från 900 kr."),
)
QUESTION = QuestionLine("11", "Hej! Får man ta med hunden in?", "/conversations/1", NOW)
WHOLE = KnowledgeView(
    questions=(QUESTION, replace(QUESTION, id="12", text="Klipper ni perukerna som man köpt?")),
    texts=(TextLine("21", "Hårvård", PARTS, NOW),),
    answers=(TextLine("22", "", (Part("Har ni wifi?", "Ja, fråga i kassan."),), NOW),),
    document=(Answer(id="parkering", question="Var parkerar man?", answer="På gatan."),),
    policy="Avboka senast dagen före.",
)
FOUND = TrialView(
    "kan jag ställa bilen nånstans?",
    Tried("På gatan.", ("faq:parkering", "hours"), False),
    (UsedLine("faq", "Var parkerar man?", "På gatan."), UsedLine("hours")),
)
UNKNOWN = TrialView("har ni bastu?", Tried("Det kan jag tyvärr inte svara på här.", (), True))
WRONG = replace(QUESTION, answer="x" * 30, wrong={"answer": "Svaret är för långt."})
FRAME = {"shell": shell("knowledge", live=None), "done": ""}

KNOWLEDGE: dict[str, tuple[str, dict[str, object]]] = {
    "/knowledge": ("knowledge.html", {**FRAME, "knowledge": WHOLE}),
    "/knowledge-tried": (
        "knowledge.html",
        {
            **FRAME,
            "done": "The question is off the list.",
            "knowledge": replace(WHOLE, trial=FOUND),
        },
    ),
    "/knowledge-unknown": (
        "knowledge.html",
        {**FRAME, "knowledge": replace(WHOLE, questions=(WRONG,), trial=UNKNOWN)},
    ),
    "/knowledge-empty": ("knowledge.html", {**FRAME, "knowledge": KnowledgeView(may_try=False)}),
    "/knowledge/text": ("knowledge_text.html", {"shell": FRAME["shell"], "typed": TextView()}),
    "/knowledge/text-split": (
        "knowledge_text.html",
        {
            "shell": FRAME["shell"],
            "typed": TextView(
                "21", "Hårvård", "# Efter\nTvätta inte.", PARTS, {"name": "För långt."}
            ),
        },
    ),
}
"""Address → template and its views."""
