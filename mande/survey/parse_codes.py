"""Wording of what can be wrong with the text of one cell."""

from __future__ import annotations

from mande.errors import Code, Text

NUMBER = Text("a number", "un nombre", "un número")
WHOLE_NUMBER = Text("a whole number", "un nombre entier", "un número entero")
DATE = Text("a date (year-month-day)", "une date (année-mois-jour)", "una fecha (año-mes-día)")
YES_OR_NO = Text("yes or no", "oui ou non", "sí o no")
TEXT = Text("a text", "un texte", "un texto")
CHOICE = Text("one of the choices", "un des choix", "una de las opciones")
KINDS = {
    "text": TEXT,
    "integer": WHOLE_NUMBER,
    "number": NUMBER,
    "yes_no": YES_OR_NO,
    "choice": CHOICE,
    "multiple": CHOICE,
    "date": DATE,
}
CELLS = Text("cells: {found}", "cellules : {found}", "celdas: {found}")

V_TYPE = Code(
    "V-TYPE",
    Text("the value is not {kind}", "la valeur n'est pas {kind}", "el valor no es {kind}"),
    Text("{kind}"),
    Text(
        "Write {kind} and nothing else; leave the cell empty, or use -97 (don't know) or -98 "
        "(refused), if there is no answer.",
        "Écrivez {kind} et rien d'autre ; sans réponse, laissez vide ou mettez -97 (ne sait pas) "
        "ou -98 (refus).",
        "Escriba {kind} y nada más; sin respuesta, deje vacío o ponga -97 (no sabe) o -98 (rehusó).",
    ),
)
V_NOTINT = Code(
    "V-NOTINT",
    Text(
        "the value is not a whole number",
        "la valeur n'est pas un nombre entier",
        "el valor no es un número entero",
    ),
    WHOLE_NUMBER,
    Text(
        "Check the answer and round it; if fractions are right, change the question's type to number.",
        "Vérifiez la réponse et arrondissez ; si les fractions sont justes, changez le type en number.",
        "Compruebe la respuesta y redondee; si las fracciones son correctas, cambie el tipo a number.",
    ),
)
V_DECIMALCOMMA = Code(
    "V-DECIMALCOMMA",
    Text(
        "the decimal mark of the numbers is not certain",
        "le signe décimal des nombres n'est pas certain",
        "el signo decimal de los números no es seguro",
    ),
    Text(
        "one decimal mark in the whole column",
        "un seul signe décimal dans toute la colonne",
        "un solo signo decimal en toda la columna",
    ),
    Text(
        "Use one mark in the whole column; if the file writes decimal commas, answer so, or "
        'put `decimal: ","` for this table in mapping.yaml.',
        "Utilisez un seul signe ; si le fichier écrit des virgules, répondez-le, ou mettez "
        '`decimal: ","` dans mapping.yaml.',
        "Use un solo signo; si el archivo escribe comas decimales, respóndalo, o ponga "
        '`decimal: ","` en mapping.yaml.',
    ),
)
V_THOUSANDS = Code(
    "V-THOUSANDS",
    Text(
        "the number can be read in two ways (thousands or decimals)",
        "le nombre peut se lire de deux façons (milliers ou décimales)",
        "el número se puede leer de dos maneras (miles o decimales)",
    ),
    Text(
        "digits without a thousands mark",
        "des chiffres sans séparateur de milliers",
        "cifras sin separador de miles",
    ),
    Text(
        "Remove the marks between thousands, or answer what they are (or say it in mapping.yaml: "
        '`thousands: ","`, `decimal: "."`).',
        "Retirez les séparateurs de milliers, ou répondez ce qu'ils sont (ou dans mapping.yaml : "
        "`thousands`, `decimal`).",
        "Quite los separadores de miles, o responda qué son (o en mapping.yaml: `thousands`, `decimal`).",
    ),
)
V_ENUM = Code(
    "V-ENUM",
    Text(
        "the value is not one of the choices",
        "la valeur n'est pas un des choix",
        "el valor no es una de las opciones",
    ),
    Text("one of: {known}", "un de : {known}", "una de: {known}"),
    Text(
        "Use one of the codes or labels of the question.",
        "Utilisez un des codes ou libellés de la question.",
        "Use uno de los códigos o etiquetas de la pregunta.",
    ),
    Text("{found}{hint}"),
)
V_CASE = Code(
    "V-CASE",
    Text(
        "answers given as labels or in other letter case were read as their codes",
        "des réponses données en libellé ou autre casse ont été lues comme leurs codes",
        "respuestas dadas como etiqueta o con otras mayúsculas se leyeron como sus códigos",
    ),
    Text(""),
    Text(""),
    CELLS,
)
V_SERIAL = Code(
    "V-SERIAL",
    Text(
        "Excel day numbers stand for dates",
        "des numéros de jour Excel tiennent lieu de dates",
        "hay números de día de Excel en lugar de fechas",
    ),
    Text(
        "a date, as in 2024-03-25",
        "une date, p. ex. 2024-03-25",
        "una fecha, p. ej. 2024-03-25",
    ),
    Text(
        "Check one of them; where it is no date, correct the cell.",
        "Vérifiez-en un ; si ce n'est pas une date, corrigez la cellule.",
        "Compruebe uno; si no es una fecha, corrija la celda.",
    ),
)
V_DATEORDER = Code(
    "V-DATEORDER",
    Text(
        "the order of day and month is not certain",
        "l'ordre du jour et du mois n'est pas certain",
        "el orden de día y mes no es seguro",
    ),
    Text(
        "year-month-day, as in 2024-03-25, or one order in the whole column",
        "année-mois-jour, p. ex. 2024-03-25, ou un seul ordre dans la colonne",
        "año-mes-día, p. ej. 2024-03-25, o un solo orden en la columna",
    ),
    Text(
        "Answer which order the column has (or state it in mapping.yaml: `dates: day_month_year`); "
        "or write dates as year-month-day.",
        "Répondez quel ordre a la colonne (ou dans mapping.yaml : `dates: day_month_year`), ou "
        "écrivez année-mois-jour.",
        "Responda qué orden tiene la columna (o en mapping.yaml: `dates: day_month_year`), o escriba "
        "año-mes-día.",
    ),
)
V_DATEBAD = Code(
    "V-DATEBAD",
    Text("there is no such date", "cette date n'existe pas", "esa fecha no existe"),
    Text(
        "a day of the calendar, the year with four digits, 1901 to 2100",
        "un jour du calendrier, l'année à quatre chiffres, 1901 à 2100",
        "un día del calendario, el año con cuatro cifras, 1901 a 2100",
    ),
    Text(
        "Correct day, month or year.",
        "Corrigez le jour, le mois ou l'année.",
        "Corrija el día, el mes o el año.",
    ),
)
I_MANGLED = Code(
    "I-MANGLED",
    Text(
        "the id was turned into a number by a spreadsheet",
        "l'identifiant a été changé en nombre par un tableur",
        "una hoja de cálculo convirtió el id en número",
    ),
    Text("the id as it was given out", "l'identifiant tel qu'il a été attribué", "el id tal como se asignó"),
    Text(
        "Format the column as Text in Excel before pasting the ids; lost digits and zeros must "
        "come from the source.",
        "Mettez la colonne au format Texte avant de coller les identifiants ; reprenez-les à la source.",
        "Ponga la columna en formato Texto antes de pegar los ids; recupérelos de la fuente.",
    ),
)
I_MANGLED_REPAIRED = Code(
    "I-ZEROS",
    Text(
        "a '.0' at the end of ids was taken off",
        "un « .0 » à la fin d'identifiants a été retiré",
        "se quitó un «.0» al final de ids",
    ),
    Text(""),
    Text(""),
    CELLS,
)
V_CELLERROR = Code(
    "V-CELLERROR",
    Text(
        "the cell shows an Excel error",
        "la cellule affiche une erreur Excel",
        "la celda muestra un error de Excel",
    ),
    Text("a value", "une valeur", "un valor"),
    Text(
        "Mend the formula, or type the value over it.",
        "Corrigez la formule, ou saisissez la valeur.",
        "Corrija la fórmula, o escriba el valor.",
    ),
)
V_FORMULA = Code(
    "V-FORMULA",
    Text(
        "the cell has a formula whose result was never stored",
        "la cellule a une formule dont le résultat n'a pas été enregistré",
        "la celda tiene una fórmula cuyo resultado no se guardó",
    ),
    Text("a value", "une valeur", "un valor"),
    Text(
        "Open the file in Excel and save it, so that the results are stored; or paste values over formulas.",
        "Ouvrez le fichier dans Excel et enregistrez-le, ou collez les valeurs.",
        "Abra el archivo en Excel y guárdelo, o pegue los valores.",
    ),
    Text("a formula without result", "une formule sans résultat", "una fórmula sin resultado"),
)
V_WHITESPACE = Code(
    "V-WHITESPACE",
    Text(
        "spaces around values were taken off",
        "des espaces autour des valeurs ont été retirés",
        "se quitaron espacios alrededor de los valores",
    ),
    Text(""),
    Text(""),
    CELLS,
)
I_DUPROW = Code(
    "I-DUPROW",
    Text(
        "the row repeats another row in every cell; it is counted once",
        "la ligne répète une autre ligne dans chaque cellule ; elle compte une fois",
        "la fila repite otra fila en cada celda; se cuenta una vez",
    ),
    Text("one row for each respondent", "une ligne par répondant", "una fila por encuestado"),
    Text(
        "Delete the row; if two interviews were meant, correct the id of one of them.",
        "Supprimez la ligne ; s'il y a deux entretiens, corrigez un des identifiants.",
        "Elimine la fila; si son dos entrevistas, corrija el id de una.",
    ),
    Text("same as row {found}", "identique à la ligne {found}", "igual a la fila {found}"),
)

I_LEADING = Code(
    "I-LEADING",
    Text(
        "zeros that ids had lost were put back at the front",
        "des zéros perdus au début d'identifiants ont été rétablis",
        "se repusieron los ceros perdidos al inicio de ids",
    ),
    Text(""),
    Text(""),
    CELLS,
)
V_INSIDE = Code(
    "V-INSIDE",
    Text(
        "invisible characters inside ids were taken off",
        "des caractères invisibles dans des identifiants ont été retirés",
        "se quitaron caracteres invisibles dentro de ids",
    ),
    Text(""),
    Text(""),
    CELLS,
)
V_ZEROS = Code(
    "V-ZEROS",
    Text(
        "zeros that the prescribed form demands were put back at the front",
        "des zéros exigés par la forme prescrite ont été rétablis au début",
        "se repusieron al inicio los ceros que exige la forma prescrita",
    ),
    Text(""),
    Text(""),
    CELLS,
)
V_PERCENTSIGN = Code(
    "V-PERCENTSIGN",
    Text(
        "numbers with a per cent sign were read",
        "des nombres avec le signe pour cent ont été lus",
        "se leyeron números con el signo de por ciento",
    ),
    Text(""),
    Text(""),
    Text("cells: {found}; {example}", "cellules : {found} ; {example}", "celdas: {found}; {example}"),
)
V_RANGE = Code(
    "V-RANGE",
    Text(
        "the number is outside the possible range",
        "le nombre est hors des limites possibles",
        "el número está fuera del rango posible",
    ),
    Text("{limits}"),
    Text(
        "Correct the number (check its unit and period); use -97, -98 or -99 where there is no answer.",
        "Corrigez le nombre (vérifiez l'unité et la période) ; -97, -98 ou -99 sans réponse.",
        "Corrija el número (revise unidad y período); -97, -98 o -99 si no hay respuesta.",
    ),
)
V_SOFT = Code(
    "V-SOFT",
    Text("the number is unusual", "le nombre est inhabituel", "el número es inusual"),
    Text("usually {limits}", "d'habitude {limits}", "normalmente {limits}"),
    Text(
        "Ask again, or check unit and period; if it is right, leave it: the file can be accepted.",
        "Redemandez ou vérifiez l'unité ; s'il est juste, laissez-le : le fichier peut être accepté.",
        "Vuelva a preguntar o revise la unidad; si es correcto, déjelo: el archivo se puede aceptar.",
    ),
)
V_PATTERN = Code(
    "V-PATTERN",
    Text(
        "the value does not have the prescribed form",
        "la valeur n'a pas la forme prescrite",
        "el valor no tiene la forma prescrita",
    ),
    Text("the form {pattern}", "la forme {pattern}", "la forma {pattern}"),
    Text(
        "Correct the value; where Excel took off leading zeros, format the column as Text and "
        "enter it again.",
        "Corrigez la valeur ; si Excel a retiré des zéros, mettez la colonne au format Texte.",
        "Corrija el valor; si Excel quitó ceros, ponga la columna en formato Texto.",
    ),
)
V_TOOLONG = Code(
    "V-TOOLONG",
    Text(
        "the text is longer than expected, or was cut",
        "le texte est plus long que prévu, ou a été coupé",
        "el texto es más largo de lo previsto, o fue cortado",
    ),
    Text(
        "at most {limit} characters (Excel cuts at 32,767)",
        "au plus {limit} caractères (Excel coupe à 32 767)",
        "como máximo {limit} caracteres (Excel corta en 32.767)",
    ),
    Text(
        "Compare with the original answer; shorten it if more was meant than fits.",
        "Comparez avec la réponse d'origine ; raccourcissez-la si nécessaire.",
        "Compare con la respuesta original; acórtela si hace falta.",
    ),
)
V_FUTURE = Code(
    "V-FUTURE",
    Text(
        "the date lies in the future",
        "la date est dans le futur",
        "la fecha está en el futuro",
    ),
    Text(
        "a date up to the day of the upload, {day}",
        "une date jusqu'au jour de l'envoi, {day}",
        "una fecha hasta el día de la carga, {day}",
    ),
    Text(
        "Correct the date; check the date of the tablet.",
        "Corrigez la date ; vérifiez la date de la tablette.",
        "Corrija la fecha; revise la fecha de la tableta.",
    ),
)
