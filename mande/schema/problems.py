"""The problems a definition can have, in three languages."""

from __future__ import annotations

from mande.errors import Code, Text

D_YAML = Code(
    "D-YAML",
    Text("this is not valid YAML", "ce n'est pas du YAML valide", "esto no es YAML válido"),
    Text("{expected}"),
    Text(
        "Check indentation, colons and quotes at this line; a key may stand only once. Save it as UTF-8.",
        "Vérifiez retraits, deux-points et guillemets ici ; chaque clé une fois. Enregistrez en UTF-8.",
        "Revise sangría, dos puntos y comillas aquí; cada clave una sola vez. Guárdelo como UTF-8.",
    ),
)
D_SCHEMA = Code(
    "D-SCHEMA",
    Text(
        "the definition does not fit the schema",
        "la définition ne suit pas le schéma",
        "la definición no sigue el esquema",
    ),
    Text("{expected}"),
    Text(
        "Correct the entry; CONTRIBUTING.md shows a complete definition.",
        "Corrigez l'entrée ; CONTRIBUTING.md montre une définition complète.",
        "Corrija la entrada; CONTRIBUTING.md muestra una definición completa.",
    ),
)
D_NAME = Code(
    "D-NAME",
    Text(
        "the definition names something that does not exist",
        "la définition nomme quelque chose qui n'existe pas",
        "la definición nombra algo que no existe",
    ),
    Text("{expected}"),
    Text(
        "Use one of the names listed, or add its definition.",
        "Utilisez un des noms cités, ou ajoutez sa définition.",
        "Use uno de los nombres citados, o añada su definición.",
    ),
)
D_TWICE = Code(
    "D-TWICE",
    Text(
        "the same id is defined twice",
        "le même identifiant est défini deux fois",
        "el mismo identificador está definido dos veces",
    ),
    Text(
        "one definition of {found}; the other is in {other}",
        "une seule définition de {found} ; l'autre est dans {other}",
        "una sola definición de {found}; la otra está en {other}",
    ),
    Text(
        "Rename or remove one of them. A workspace overrides a library indicator with a higher version.",
        "Renommez ou supprimez l'une d'elles. Un espace remplace un indicateur par une version plus haute.",
        "Renombre o quite una de ellas. Un espacio reemplaza un indicador con una versión más alta.",
    ),
)
D_TAKEN = Code(
    "D-TAKEN",
    Text(
        "the id is taken by another definition",
        "l'identifiant est pris par une autre définition",
        "el identificador lo tiene otra definición",
    ),
    Text(
        "an id of its own, or a version above {version}: {other} defines {id}",
        "un identifiant à lui, ou une version au-dessus de {version} : {other} définit {id}",
        "un identificador propio, o una versión por encima de {version}: {other} define {id}",
    ),
    Text(
        "Give another `id` (and file name) to stand beside it, or a higher `version` to override it.",
        "Donnez un autre `id` (et nom de fichier), ou une `version` plus haute pour la remplacer.",
        "Dé otro `id` (y nombre de archivo), o una `version` más alta para reemplazarla.",
    ),
    Text("id: {id}, version: {found}", "id: {id}, version : {found}", "id: {id}, version: {found}"),
)
D_PLACE = Code(
    "D-PLACE",
    Text(
        "file and definition disagree",
        "le fichier et la définition ne concordent pas",
        "el archivo y la definición no concuerdan",
    ),
    Text("{expected}"),
    Text(
        "Rename the file, move it, or correct the entry.",
        "Renommez le fichier, déplacez-le, ou corrigez l'entrée.",
        "Cambie el nombre del archivo, muévalo, o corrija la entrada.",
    ),
)
D_CIRCLE = Code(
    "D-CIRCLE",
    Text(
        "entries depend on each other in a circle",
        "des entrées dépendent l'une de l'autre en cercle",
        "unas entradas dependen de otras en círculo",
    ),
    Text("a chain that ends", "une chaîne qui se termine", "una cadena que termina"),
    Text(
        "Ask one of the questions without a condition, or give one of the tables no parent.",
        "Posez l'une des questions sans condition, ou laissez l'une des tables sans parent.",
        "Haga una de las preguntas sin condición, o deje una de las tablas sin tabla superior.",
    ),
)
D_TRANSLATION = Code(
    "D-TRANSLATION",
    Text("a translation is missing", "il manque une traduction", "falta una traducción"),
    Text(
        "the same text in {expected}",
        "le même texte dans ces langues : {expected}",
        "el mismo texto en estos idiomas: {expected}",
    ),
    Text(
        "Add `fr` and `es` to the label; readers see English where they are missing.",
        "Ajoutez `fr` et `es` au libellé ; là où ils manquent, on lit l'anglais.",
        "Añada `fr` y `es` a la etiqueta; donde faltan, se lee el inglés.",
    ),
)
