"""Problems of accepting a wave."""

from __future__ import annotations

from mande.errors import Code, Text

F_SAME = Code(
    "F-SAME",
    Text(
        "this very file was accepted on {day} as wave {wave}, revision {revision}",
        "ce même fichier a été accepté le {day}, vague {wave}, révision {revision}",
        "este mismo archivo se aceptó el {day} como ronda {wave}, revisión {revision}",
    ),
    Text("a file that is new", "un fichier nouveau", "un archivo nuevo"),
    Text("{advice}", "{advice}", "{advice}"),
    Text("accepted by {by}", "accepté par {by}", "aceptado por {by}"),
)
NOTHING = Text("Nothing to do.", "Rien à faire.", "No hay que hacer nada.")
SUPERSEDED = Text(
    'Another revision has replaced it since. To go back to it: `mande accept ... --revision --reason "..."`.',
    'Une autre révision l\'a remplacé. Pour y revenir : `mande accept ... --revision --reason "..."`.',
    'Otra revisión lo reemplazó. Para volver a él: `mande accept ... --revision --reason "..."`.',
)
F_SUPERSEDE = Code(
    "F-SUPERSEDE",
    Text(
        "another file has been accepted for this wave (revision {revision}, rows: {rows})",
        "un autre fichier a été accepté pour cette vague (révision {revision}, lignes : {rows})",
        "ya se aceptó otro archivo para esta ronda (revisión {revision}, filas: {rows})",
    ),
    Text(
        "the accepted file, or a revision with a reason",
        "le fichier accepté, ou une révision motivée",
        "el archivo aceptado, o una revisión con motivo",
    ),
    Text(
        'If it corrects the accepted one: `mande accept ... --revision --reason "what was corrected"`.',
        'S\'il corrige le fichier accepté : `mande accept ... --revision --reason "ce qui est corrigé"`.',
        'Si corrige el aceptado: `mande accept ... --revision --reason "qué se corrigió"`.',
    ),
    Text(
        "{table}: rows the same {same}, changed {changed}, new {new}, gone {gone}",
        "{table} : lignes identiques {same}, modifiées {changed}, nouvelles {new}, disparues {gone}",
        "{table}: filas iguales {same}, cambiadas {changed}, nuevas {new}, desaparecidas {gone}",
    ),
)
A_RACE = Code(
    "A-RACE",
    Text(
        "another file was accepted for this wave at the same moment",
        "un autre fichier a été accepté pour cette vague au même moment",
        "otro archivo se aceptó para esta ronda en el mismo momento",
    ),
    Text("one acceptance at a time", "une acceptation à la fois", "una aceptación a la vez"),
    Text(
        "Nothing of yours was stored. Validate again: you will see how the two differ.",
        "Rien du vôtre n'est enregistré. Validez de nouveau : vous verrez les différences.",
        "No se guardó nada del suyo. Valide de nuevo: verá en qué difieren.",
    ),
)
A_REASON = Code(
    "A-REASON",
    Text("a revision needs a reason", "une révision doit être motivée", "una revisión necesita un motivo"),
    Text("why the accepted data are replaced", "le motif du remplacement", "por qué se reemplazan los datos"),
    Text('Add `--reason "..."`.', 'Ajoutez `--reason "..."`.', 'Añada `--reason "..."`.'),
    Text(""),
)
A_WHO = Code(
    "A-WHO",
    Text(
        "nobody is named as accepting", "personne n'est nommé pour l'acceptation", "no se nombra quién acepta"
    ),
    Text("a name or user name", "un nom ou nom d'utilisateur", "un nombre o usuario"),
    Text("Add `--by NAME`.", "Ajoutez `--by NOM`.", "Añada `--by NOMBRE`."),
    Text(""),
)
A_OTHER = Code(
    "A-OTHER",
    Text(
        "the file was checked for another wave or programme",
        "le fichier a été vérifié pour une autre vague",
        "el archivo se revisó para otra ronda",
    ),
    Text("{expected}"),
    Text("Check the file for this wave first.", "Vérifiez-le pour cette vague.", "Revíselo para esta ronda."),
)
A_TABLES = Code(
    "A-TABLES",
    Text(
        "the accepted wave has tables that this revision would lose",
        "la vague acceptée a des tables que cette révision perdrait",
        "la ronda aceptada tiene tablas que esta revisión perdería",
    ),
    Text(
        "all tables of the wave together", "toutes les tables de la vague ensemble", "todas las tablas juntas"
    ),
    Text(
        "Accept the files of all its tables in one go.",
        "Acceptez les fichiers de toutes ses tables en une fois.",
        "Acepte los archivos de todas sus tablas de una vez.",
    ),
    Text("missing: {found}", "manquent : {found}", "faltan: {found}"),
)
